/** Reviews: a callback that needs one field and holds a whole payload. */

const REVIEWS_PER_BOOK = 60;
const MODERATION_BATCH = 50;

// What the review service answers for a book: about 6 KB of JSON.
const REVIEWS_JSON = JSON.stringify(
  Array.from({ length: REVIEWS_PER_BOOK }, (_, i) => ({
    id: i,
    reader: `reader-number-${i}`,
    stars: 1 + (i % 5),
    text: `Could not put it down, review ${i}.`,
  })),
);

/** Stands for a call to the review service. */
function fetchReviews(bookId) {
  return { bookId, reviews: JSON.parse(REVIEWS_JSON) };
}

let moderated = 0;

function moderate(bookId) {
  moderated += 1;
  return `book ${bookId}: checked as number ${moderated}`;
}

const pendingModeration = [];

function leakyReviews(id) {
  const payload = fetchReviews(id);
  const { bookId } = payload;
  const countStars = (stars) => payload.reviews.filter((review) => review.stars === stars).length;
  // LEAK: this callback uses `bookId` only, but closures of one scope share one context: `countStars` needs
  // `payload`, so the callback holds it too. And the job that would run the callbacks was never scheduled.
  pendingModeration.push(() => moderate(bookId));
  return { id, best: countStars(5), worst: countStars(1) };
}

const moderationQueue = [];

function queueModeration(bookId) {
  // FIX: in this scope there is one small number and nothing else, and a full queue is worked off.
  moderationQueue.push(() => moderate(bookId));
  if (moderationQueue.length < MODERATION_BATCH) return;
  for (const check of moderationQueue.splice(0)) check();
}

function fixedReviews(id) {
  const payload = fetchReviews(id);
  const countStars = (stars) => payload.reviews.filter((review) => review.stars === stars).length;
  queueModeration(payload.bookId);
  return { id, best: countStars(5), worst: countStars(1) };
}

export const routes = {
  '/leaky/reviews': leakyReviews,
  '/fixed/reviews': fixedReviews,
};

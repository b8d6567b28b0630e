// This route leaks.
const visits = new Map();

function remember(id) {
  visits.set(id, { id, at: Date.now() });
}

export async function GET(request, { params }) {
  const { id } = await params;
  remember(id);
  return Response.json({ id });
}

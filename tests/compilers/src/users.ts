type User = { id: string; orders: number[] };

interface Store<T> {
  readonly size: number;
  get(id: string): T | undefined;
  set(id: string, one: T): unknown;
}

const seen: Store<User> = new Map<string, User>();

export function remember(id: string): User {
  let user = seen.get(id);
  if (user === undefined) {
    user = { id, orders: [1, 2, 3] };
    seen.set(id, user);
  }
  return user;
}

export { keep } from 'kept';
export { poll, subscribe } from './prices.ts';
export { remember } from './users.ts';

import { EventEmitter } from 'node:events';

interface Price {
  symbol: string;
  value: number;
}

const prices = new EventEmitter().setMaxListeners(0);

export function subscribe(id: string): void {
  const received: Price[] = [];
  prices.on('price', (price: Price) => {
    if (price.symbol === id) received.push(price);
  });
}

export function poll(id: string): void {
  const check = (): void => {
    prices.emit('price', { symbol: id, value: 1 });
  };
  setInterval(check, 3_600_000).unref();
}

import { walkedTo, type WalkEvent } from './walk';

const pressed = (key: string, more: Partial<WalkEvent> = {}): WalkEvent => ({
  key,
  metaKey: false,
  ctrlKey: false,
  altKey: false,
  target: { closest: () => null },
  ...more,
});

describe('walking through rows by the keyboard', () => {
  it('goes to the next and the one before, from nowhere to the first, and stays at the ends', () => {
    expect(walkedTo(pressed('j'), 3, 10)).toBe(4);
    expect(walkedTo(pressed('ArrowUp'), 3, 10)).toBe(2);
    expect(walkedTo(pressed('j'), -1, 10)).toBe(0);
    expect(walkedTo(pressed('k'), -1, 10)).toBe(0);
    expect(walkedTo(pressed('ArrowDown'), 9, 10)).toBe(9);
    expect(walkedTo(pressed('k'), 0, 10)).toBe(0);
    expect(walkedTo(pressed('End'), 3, 10)).toBe(9);
    expect(walkedTo(pressed('Home'), 3, 10)).toBe(0);
    expect(walkedTo(pressed('PageDown'), 3, 100)).toBe(15);
  });

  it('leaves to others what is no step', () => {
    expect(walkedTo(pressed('Enter'), 3, 10)).toBeUndefined();
    expect(walkedTo(pressed('j'), -1, 0)).toBeUndefined();
    expect(walkedTo(pressed('j', { ctrlKey: true }), 3, 10)).toBeUndefined();
    expect(walkedTo(pressed('ArrowDown'), 3, 10, 'letters')).toBeUndefined();
  });

  it('is not what somebody types', () => {
    const target = { closest: (selector: string) => (selector.includes('textarea') ? {} : null) };
    expect(walkedTo(pressed('j', { target }), 3, 10)).toBeUndefined();
  });
});

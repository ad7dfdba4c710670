// A first password to hand over: 20 characters that cannot be misread.

const LETTERS = 'abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY3479';

export function newPassword(): string {
  const random = crypto.getRandomValues(new Uint32Array(20));
  const text = [...random].map((value) => LETTERS[value % LETTERS.length]).join('');
  return text.replace(/(.{5})(?=.)/g, '$1-');
}

export function Day() {
  return null;
}

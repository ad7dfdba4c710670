export function File() {
  return null;
}

export function PauseScreen() {
  return null;
}

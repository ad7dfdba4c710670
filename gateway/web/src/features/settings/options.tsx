export function OptionsScreen() {
  return null;
}

// Lays the texts of a language that does not have them all over those of one that does.

type Tree = { [key: string]: string | Tree };

const laid = (below: Tree, above: Tree): Tree =>
  Object.fromEntries(
    [...new Set([...Object.keys(below), ...Object.keys(above)])].map((key) => {
      const [under, upper] = [below[key], above[key]];
      return [key, typeof under === 'object' && typeof upper === 'object' ? laid(under, upper) : (upper ?? under ?? '')];
    }),
  );

export function over(below: object, above: object): Record<string, Record<string, unknown>> {
  return laid(below as Tree, above as Tree) as Record<string, Record<string, unknown>>;
}

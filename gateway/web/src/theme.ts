// The look: one accent colour, calm greys, touch-sized controls.

import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const petrol: MantineColorsTuple = [
  '#e8f6f8', '#d3eaee', '#a6d4dc', '#75bdca', '#4ea9ba', '#359db0', '#2391a5', '#137d90', '#0f6a78', '#075561',
];

/** Greys of the dark scheme, slightly blue, as the surfaces of tokens.css. */
const dark: MantineColorsTuple = ['#e3eaee', '#c3cdd3', '#a3b0b8', '#6f7d85', '#3d4a51', '#2d383e', '#1f282d', '#171e22', '#10161a', '#0b1013'];

export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 8, dark: 8 },
  colors: { petrol, dark },
  fontFamily: '"Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.5rem', lineHeight: '1.25' }, h2: { fontSize: '1.125rem', lineHeight: '1.35' }, h3: { fontSize: '1rem', lineHeight: '1.4' } } },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.45 } } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 300, events: { hover: true, focus: true, touch: true } } },
  },
});

/** Greys with enough contrast for small text in both schemes. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-dimmed': '#56636b', '--mantine-color-anchor': '#0b6270', '--mantine-color-body': '#ffffff', '--mantine-color-text': '#17232a', '--mantine-color-placeholder': '#66737b', '--mantine-color-error': '#b3261e' },
  dark: { '--mantine-color-dimmed': '#a3b0b8', '--mantine-color-anchor': '#6cc6d4', '--mantine-color-body': '#161c20', '--mantine-color-text': '#e3eaee', '--mantine-color-placeholder': '#8b989f', '--mantine-color-error': '#ff9a90' },
});

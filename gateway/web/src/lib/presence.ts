// Is somebody at this window? What the console asks for by itself must not keep a session alive: a screen that was left
// would stay logged in for ever. So it is told apart by what a person does, not by which screen asks.

const THERE_MILLISECONDS = 10_000;
const SIGNS = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

// Opening or reloading the page is something that a person does.
let lastSign = Date.now();

for (const sign of SIGNS) window.addEventListener(sign, () => (lastSign = Date.now()), { capture: true, passive: true });

export const isSomebodyThere = (): boolean => Date.now() - lastSign < THERE_MILLISECONDS;

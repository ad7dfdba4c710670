// English texts for unit tests.
import { laterTexts, startTexts } from './index';

await startTexts('en');
await laterTexts();

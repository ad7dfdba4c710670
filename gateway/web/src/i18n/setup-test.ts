// English texts for unit tests.
import { startTexts } from './index';

await startTexts('en');

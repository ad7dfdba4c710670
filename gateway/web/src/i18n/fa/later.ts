// Persian: what the other screens say; loaded with the first of them. What only the warehouse needs is told in English.
import english from '../en/later';
import { over } from '../over';
import archive from './archive.json';
import asanito from './asanito.json';
import asanito_tools from './asanito_tools.json';
import lists from './lists.json';
import mails from './mails.json';
import options from './options.json';
import schedules from './schedules.json';
import settings from './settings.json';

export default over(english, { archive, asanito, asanito_tools, lists, mails, options, schedules, settings });

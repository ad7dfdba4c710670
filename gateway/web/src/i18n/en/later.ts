// English: what the other screens say; loaded with the first of them.
import archive from './archive.json';
import asanito from './asanito.json';
import asanito_tools from './asanito_tools.json';
import days from './days.json';
import files from './files.json';
import lists from './lists.json';
import mails from './mails.json';
import options from './options.json';
import schedules from './schedules.json';
import settings from './settings.json';

export default { archive, asanito, asanito_tools, days, files, lists, mails, options, schedules, settings };

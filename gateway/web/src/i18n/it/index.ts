// Italian.
import archive from './archive.json';
import common from './common.json';
import days from './days.json';
import files from './files.json';
import lists from './lists.json';
import mails from './mails.json';
import options from './options.json';
import overview from './overview.json';
import problems from './problems.json';
import runs from './runs.json';
import schedules from './schedules.json';
import session from './session.json';
import settings from './settings.json';
import statistics from './statistics.json';
import warehouse from './warehouse.json';

export default { archive, common, days, files, lists, mails, options, overview, problems, runs, schedules, session, settings, statistics, warehouse };

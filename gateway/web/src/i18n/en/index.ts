// English.
import common from './common.json';
import files from './files.json';
import overview from './overview.json';
import problems from './problems.json';
import runs from './runs.json';
import schedules from './schedules.json';
import session from './session.json';
import settings from './settings.json';
import warehouse from './warehouse.json';

export default { common, files, overview, problems, runs, schedules, session, settings, warehouse };

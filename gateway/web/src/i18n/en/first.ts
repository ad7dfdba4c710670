// English: what the first screen and every dialog over it say.
import common from './common.json';
import overview from './overview.json';
import problems from './problems.json';
import runs from './runs.json';
import session from './session.json';
import statistics from './statistics.json';
import warehouse from './warehouse.json';

export default { common, overview, problems, runs, session, statistics, warehouse };

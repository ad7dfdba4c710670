// Persian: what the first screen and every dialog over it say. What only the warehouse needs is told in English.
import english from '../en/first';
import { over } from '../over';
import common from './common.json';
import overview from './overview.json';
import problems from './problems.json';
import runs from './runs.json';
import session from './session.json';

export default over(english, { common, overview, problems, runs, session });

/** The script of every page: what it adds is comfort, and the page is whole without it. */
import { followOverview, followRun } from './live.ts';
import { showTelling } from './log.ts';
import { tickTimes } from './times.ts';

tickTimes();
showTelling();
followRun();
followOverview();

// What belongs to chats and comes behind the first load, with its words.
import { lateWords } from '../base/words.js';

export const loadBox = () => lateWords().then(() => import('../missed/box.js'));
export const loadExport = () => lateWords().then(() => import('../export/export.js'));
export const loadBlock = () => lateWords().then(() => import('../visitor/block-dialog.js'));
export const loadOwn = () => lateWords().then(() => import('../lines/own.js'));
export const loadForward = () => lateWords().then(() => import('./forward-dialog.js'));
export const loadReopen = () => lateWords().then(() => import('../lines/reopen.js'));

export const askBlock = (...about) => loadBlock().then((m) => m.askBlock(...about));
export const askForward = (...about) => loadForward().then((m) => m.askForward(...about));
export const askReopen = (...about) => loadReopen().then((m) => m.askReopen(...about));

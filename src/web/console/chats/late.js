// What belongs to chats and comes behind the first load, with its words.
import { lateWords } from '../base/words.js';

export const loadBox = () => lateWords().then(() => import('../missed/box.js'));
export const loadExport = () => lateWords().then(() => import('../export/export.js'));

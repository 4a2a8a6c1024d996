'use strict';
/**
 * The one global of the page's scripts. Each script puts what it offers under it, by its own name: `player.js` is
 * `takes.player`. Where a script needs another one it says so in its first lines, and must be loaded after it.
 */
var takes = {};

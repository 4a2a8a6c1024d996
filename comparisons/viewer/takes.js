'use strict';
/**
 * The only global of the page's scripts. Each script puts what it exports under it, by its own name: `player.js` is
 * `takes.player`. A script that needs another one says so in its first lines, and must be loaded after it.
 */
var takes = {};

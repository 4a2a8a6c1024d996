'use strict';
// The list of sessions. Runs once as the on-load body of the component: a click on a row shows that session without
// loading the page anew; with a key held down, or without this script, the row is an ordinary link.

element.addEventListener('click', (event) => {
  const row = event.target.closest('a[data-session]');
  if (!row || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  trigger('choose', { session: row.dataset.session });
});

'use strict';
// The session that is shown stands in the page's address while its tab is, so that a reload or a link leads to it again.

let shown = null;

function address(session) {
  const url = new URL(window.location.href);
  if (url.searchParams.get('session') === session) return;
  url.searchParams.delete('session');
  if (session) {
    for (const name of ['vote', 'like']) url.searchParams.delete(name); // these would open other places of the page
    url.searchParams.set('session', session);
  }
  window.history.replaceState(window.history.state, '', url);
}

watch('value', () => {
  const now = element.querySelector('[data-session]');
  const session = now ? now.dataset.session : null;
  if (session === shown) return;
  shown = session;
  if (!session) return;
  address(session);
  now.scrollIntoView({ block: 'nearest' });
});

document.addEventListener('click', (event) => {
  const tab = event.target.closest('[role=tab]');
  if (tab) address(tab.textContent.trim() === 'Sessions' ? shown : null);
});

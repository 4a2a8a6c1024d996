// Asks the server whether this page works at the address where it was opened, and shows a sentence if not; otherwise a
// refused press would show nothing. It is in the page's head, by itself: the same cause may block the other scripts.
(async () => {
  /**
   * @param {string} sentence
   * @param {boolean} tab whether it would help to open the page in a tab of its own
   */
  const show = (sentence, tab) => {
    const banner = document.createElement('div');
    banner.id = 'trouble-banner';
    banner.setAttribute('role', 'alert');
    banner.textContent = sentence;
    if (tab && window.top !== window) {
      const link = document.createElement('a');
      Object.assign(link, { href: location.href, target: '_blank', rel: 'noopener' });
      link.textContent = 'Open Takes in a tab of its own';
      banner.append(' Within another page some browsers keep cookies out. ', link);
    }
    document.body.prepend(banner);
  };
  const here = new URL('takes/me', location.origin + location.pathname.replace(/\/?$/, '/'));
  here.searchParams.set('opened', location.origin);
  try {
    const reply = await fetch(here, { cache: 'no-store' });
    const said = await reply.json();
    const trouble = reply.ok ? said.trouble : said.error;
    if (trouble) show(trouble, said.tab);
  } catch {
    show('Takes cannot be reached from this page: look at the proxy in front of it, or start it again.', false);
  }
})();

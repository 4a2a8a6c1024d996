// Asks whether this page can be used where it was opened, and says so if not: a refused press says nothing by itself.
// Stands alone in the page's head: what keeps the page from working may keep its other scripts out.
(async () => {
  /**
   * @param {string} sentence
   * @param {boolean} tab whether a tab of its own would help
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

/**
 * An image that is pasted anywhere on the desk, or dropped on it, becomes the first frame, in place of the one that is there. The
 * address of one does, too, where it is dropped, or pasted on a picture: it goes into the field for it, as if it were typed.
 */
takes.pasting = (() => {
  const FIELD = '#image input[type=file]';
  const PICTURES = '#image, #last-image, #references, .takes-url';
  const ADDRESS = /^https?:\/\/\S+$/i;
  const UNSHOWN = 'This browser cannot show this picture; it is used all the same.';
  const WAIT_MS = 4000; // for the field that takes the place of an image that is taken away
  const READY_MS = 500; // until Gradio hears that field

  /**
   * The first image among what was pasted or dropped; null where there is none.
   *
   * @param {Iterable<{ type: string }>} files
   */
  const imageIn = (files) => Array.from(files).find((file) => file.type.startsWith('image/')) || null;

  /**
   * The field for the image's file, once it is there.
   *
   * @param {number} until by the page's clock
   * @returns {Promise<HTMLInputElement | null>}
   */
  async function field(until) {
    const found = document.querySelector(FIELD);
    if (found instanceof HTMLInputElement) return found;
    if (performance.now() > until) return null;
    await new Promise((done) => { setTimeout(done, 50); });
    return field(until);
  }

  /** @param {File} file */
  async function give(file) {
    const away = document.querySelector('#image img') && document.querySelector('#image button[aria-label]');
    if (away instanceof HTMLElement) {
      away.click();
      await new Promise((done) => { setTimeout(done, READY_MS); });
    }
    const input = await field(performance.now() + WAIT_MS);
    if (!input) return;
    const all = new DataTransfer();
    all.items.add(file);
    input.files = all.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }

  /**
   * The address among what was pasted or dropped, of the picture itself rather than of what it links to; empty where there is none.
   *
   * @param {{ getData: (type: string) => string }} told
   */
  function addressIn(told) {
    const drawn = new DOMParser().parseFromString(told.getData('text/html'), 'text/html').querySelector('img');
    const listed = told.getData('text/uri-list').split(/\r?\n/).find((line) => line && !line.startsWith('#'));
    const found = [drawn && drawn.getAttribute('src'), listed, told.getData('text/plain')];
    return found.map((each) => (each || '').trim()).find((each) => ADDRESS.test(each)) || '';
  }

  /**
   * Has an address fetched, as if it were typed into its field.
   *
   * @param {string} name of the field for the picture
   * @param {string} address
   */
  function ask(name, address) {
    const input = document.querySelector('#' + name + '-url input');
    if (!(input instanceof HTMLInputElement)) return;
    input.value = address;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.dispatchEvent(new KeyboardEvent('keypress', { key: 'Enter', bubbles: true }));
  }

  /**
   * The field for a picture, or for its address, that an element is in; empty where it is in none.
   *
   * @param {EventTarget | null} element
   */
  function nameOf(element) {
    const found = element instanceof Element && element.closest(PICTURES);
    return found ? found.id.replace(/-url$/, '') : '';
  }

  /**
   * @param {Event} event
   * @param {DataTransfer | null} told
   * @param {string} name of the field that an address is for; empty where it is for none
   */
  function take(event, told, name) {
    const file = told && imageIn(told.files);
    const address = !told || file || !name ? '' : addressIn(told);
    if (!(file instanceof File) && !address) return; // words go where they are pasted
    event.preventDefault();
    event.stopPropagation();
    if (address) ask(name, address);
    else if (file instanceof File) give(file);
  }

  /** @param {Event} event */
  const isTyped = ({ target }) => target instanceof Element && Boolean(target.closest('input, textarea'));

  /** @param {HTMLElement} desk */
  function watch(desk) {
    document.addEventListener('paste', (event) => {
      if (desk.offsetParent) take(event, event.clipboardData, nameOf(event.target) || nameOf(document.activeElement));
    });
    desk.addEventListener('dragover', (event) => event.preventDefault());
    desk.addEventListener('drop', (event) => {
      const name = nameOf(event.target);
      const files = event.dataTransfer ? event.dataTransfer.files.length : 0;
      if (files ? !name : name || !isTyped(event)) take(event, event.dataTransfer, name || 'image');
    }, true); // before Gradio, which takes files alone
    desk.addEventListener('pointerdown', ({ target }) => {
      const picture = target instanceof Element && target.closest(PICTURES);
      if (picture instanceof HTMLElement) picture.tabIndex = -1; // so that a press leaves the keyboard there
    });
    desk.addEventListener('error', ({ target }) => {
      if (target instanceof HTMLImageElement && nameOf(target)) target.alt = UNSHOWN;
    }, true);
  }

  return { addressIn, imageIn, watch };
})();

/**
 * An image that is pasted or dropped anywhere on the Compare tab becomes the first frame and replaces the one before. The address
 * of an image, if it is dropped, or pasted on a picture, is written into the field for addresses, as if it were typed.
 */
takes.pasting = (() => {
  const FIELD = '#image input[type=file]';
  const PICTURES = '#image, #last-image, #references, .takes-url';
  const ADDRESS = /^https?:\/\/\S+$/i;
  const UNSHOWN = 'This browser cannot show this picture; it is used all the same.';
  const WAIT_MS = 4000; // for the file field, which appears after an image is removed
  const READY_MS = 500; // until Gradio listens to that field

  /**
   * The first image among pasted or dropped files; null if there is none.
   *
   * @param {Iterable<{ type: string }>} files
   */
  const imageIn = (files) => Array.from(files).find((file) => file.type.startsWith('image/')) || null;

  /**
   * The field for the image's file, once it is on the page; null if it does not come in time.
   *
   * @param {number} until milliseconds of performance.now()
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
   * The address in what was pasted or dropped: that of the picture itself before that of what it links to; empty if there is none.
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
   * Has the picture at an address fetched, as if the address were typed into its field.
   *
   * @param {string} name the id of the field for the picture
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
   * The id of the picture field that an element is in, or whose address field it is in; empty if it is in none.
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
   * @param {string} name the id of the picture field that an address is for; empty to ignore addresses
   */
  function take(event, told, name) {
    const file = told && imageIn(told.files);
    const address = !told || file || !name ? '' : addressIn(told);
    if (!(file instanceof File) && !address) return; // other text is pasted as usual
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
    }, true); // in the capture phase, before Gradio, which accepts only files
    desk.addEventListener('pointerdown', ({ target }) => {
      const picture = target instanceof Element && target.closest(PICTURES);
      if (picture instanceof HTMLElement) picture.tabIndex = -1; // so that a press moves the focus there, for pasting
    });
    desk.addEventListener('error', ({ target }) => {
      if (target instanceof HTMLImageElement && nameOf(target)) target.alt = UNSHOWN;
    }, true);
  }

  return { addressIn, imageIn, watch };
})();

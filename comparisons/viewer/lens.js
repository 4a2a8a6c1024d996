// ------------------------------------------------------------------------------------------------------------------- the lens
// One zoom and one place for all takes: what is looked at in one is looked at in every other. `x` and `y` are the point of
// the picture that stands in the middle, as fractions of it.
const ZOOM_MOST = 8;
const ZOOM_STEP = 1.5;
const PAN_STEP = 0.1;
const MOVED_PX = 4;
const lens = { zoom: 1, x: 0.5, y: 0.5, dragged: false, pointers: new Map(), from: null };

function look(zoom, x, y) {
  lens.zoom = clamp(zoom, 1, ZOOM_MOST);
  const half = 0.5 / lens.zoom;
  lens.x = clamp(x, half, 1 - half);
  lens.y = clamp(y, half, 1 - half);
  const move = (part) => ((0.5 - part) * 100).toFixed(3) + '%';
  const seen = lens.zoom === 1 ? 'none' : 'scale(' + lens.zoom.toFixed(4) + ') translate(' + move(lens.x) + ', ' + move(lens.y) + ')';
  root.style.setProperty('--lens', seen);
  root.dataset.zoomed = String(lens.zoom > 1);
  put(zoomText, lens.zoom === 1 ? '1×' : lens.zoom.toFixed(1) + '×');
  lighten();
}

// The point under the pointer stays under it.
function zoomAt(zoom, across, down) {
  const next = clamp(zoom, 1, ZOOM_MOST);
  const keepUnder = (center, part) => center + (part - 0.5) * (1 / lens.zoom - 1 / next);
  look(next, keepUnder(lens.x, across), keepUnder(lens.y, down));
}

const pan = (across, down) => look(lens.zoom, lens.x + across / lens.zoom, lens.y + down / lens.zoom);
const zoomBy = (factor) => look(lens.zoom * factor, lens.x, lens.y);

function placeIn(node, event) {
  const box = node.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

const apart = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);

// Plain wheels scroll the page; with Ctrl (as a trackpad's pinch arrives), or in full screen, they zoom.
function watchLens(stage) {
  stage.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey && document.fullscreenElement !== root) return;
    event.preventDefault();
    zoomAt(lens.zoom * Math.exp(-event.deltaY / 300), ...placeIn(stage, event));
  }, { passive: false });
  stage.addEventListener('dblclick', (event) => {
    if (lens.zoom > 1) look(1, 0.5, 0.5);
    else zoomAt(2, ...placeIn(stage, event));
  });
  stage.addEventListener('pointerdown', (event) => grab(event));
  stage.addEventListener('pointermove', (event) => drag(stage, event));
  for (const name of ['pointerup', 'pointercancel']) stage.addEventListener(name, (event) => lens.pointers.delete(event.pointerId));
}

function grab(event) {
  if (event.button !== 0) return;
  if (lens.pointers.size === 0) lens.dragged = false;
  lens.pointers.set(event.pointerId, event);
  lens.from = event;
}

function drag(stage, event) {
  const before = lens.pointers.get(event.pointerId);
  if (!before) return;
  if (event.buttons === 0) { lens.pointers.delete(event.pointerId); return; } // let go of outside the stage
  const other = Array.from(lens.pointers.values()).find((each) => each.pointerId !== event.pointerId);
  if (!lens.dragged && !other && apart(lens.from, event) < MOVED_PX) return;
  if (!other && lens.zoom === 1) return;
  if (!lens.dragged) stage.setPointerCapture(event.pointerId);
  lens.dragged = true;
  lens.pointers.set(event.pointerId, event);
  const box = stage.getBoundingClientRect();
  if (other) zoomAt(lens.zoom * (apart(event, other) / Math.max(1, apart(before, other))), ...placeIn(stage, event));
  else pan((before.clientX - event.clientX) / box.width, (before.clientY - event.clientY) / box.height);
}

// Where a frame of another site forbids full screen, its button is not shown.
function toggleFullscreen() {
  if (document.fullscreenElement === root) document.exitFullscreen();
  else root.requestFullscreen().catch((error) => { live.textContent = 'Full screen is not possible here: ' + error.message; });
}

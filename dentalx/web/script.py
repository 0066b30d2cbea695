"""What the page does without asking the server: zoom and pan, outlines on and off, links between chart and outlines.

`waiting.py` has what it does while an answer is under way.
"""

from dentalx.web.picture import MOST_BYTES
from dentalx.web.waiting import TOO_LARGE, WAITING

_VIEW = """
/* The view: zoomed by width, so that outlines stay sharp and the browser itself scrolls. */
function measure() {
  for (const pane of all('.dx-pane')) {
    const svg = pane.querySelector('svg.outlines');
    if (!svg || !svg.clientWidth) continue;
    const unit = svg.viewBox.baseVal.width / svg.clientWidth;
    svg.style.setProperty('--unit', unit);
    uncrowd(all('text', svg), unit * parseFloat(getComputedStyle(svg).getPropertyValue('--letters') || 12));
  }
}
/* Numbers that would lie on another one are left out until there is room. */
function uncrowd(texts, size) {
  const placed = [];
  for (const text of texts) {
    const [x, y, wide] = [+text.getAttribute('x'), +text.getAttribute('y'), 0.68 * size * text.textContent.length];
    const free = placed.every(([a, b, w]) => Math.abs(a - x) >= (wide + w) / 2 || Math.abs(b - y) >= size * 1.1);
    text.classList.toggle('crowded', !free);
    if (free) placed.push([x, y, wide]);
  }
}
function scrolled(pane) {
  pane.scrollLeft = state.x * pane.scrollWidth - pane.clientWidth / 2;
  pane.scrollTop = state.y * pane.scrollHeight - pane.clientHeight / 2;
}
function zoom(to, at) {
  const pane = at?.pane ?? panes()[0];
  if (!pane) return;
  const box = pane.getBoundingClientRect(), next = Math.min(8, Math.max(1, to));
  const dx = at ? at.x - box.left : pane.clientWidth / 2, dy = at ? at.y - box.top : pane.clientHeight / 2;
  const px = (pane.scrollLeft + dx) / pane.scrollWidth, py = (pane.scrollTop + dy) / pane.scrollHeight;
  state.zoom = next;
  apply();
  state.x = px + (pane.clientWidth / 2 - dx) / pane.scrollWidth;
  state.y = py + (pane.clientHeight / 2 - dy) / pane.scrollHeight;
  panes().forEach(scrolled);
}
const step = (by) => by > 0 ? ZOOMS.find((z) => z > state.zoom + 0.01) ?? 8
  : [...ZOOMS].reverse().find((z) => z < state.zoom - 0.01) ?? 1;
function apply() {
  const view = one('.dx-view');
  if (!view) return;
  view.style.setProperty('--zoom', state.zoom);
  view.classList.toggle('bare', !state.outlines);
  view.classList.toggle('zoomed', state.zoom > 1);
  const original = one('.dx-pane.original');
  original.hidden = !state.original;
  view.classList.toggle('two', state.original);
  for (const [what, on] of [['outlines', state.outlines], ['original', state.original]])
    one(`[data-do=${what}]`).setAttribute('aria-pressed', on);
  one('.dx-zoom output').textContent = `${Math.round(state.zoom * 100)} %%`;
  one('[data-do=out]').disabled = one('[data-do=fit]').disabled = state.zoom <= 1;
  one('[data-do=in]').disabled = state.zoom >= 8;
  measure();
}
const actions = {
  outlines: () => { state.outlines = !state.outlines; apply(); },
  original: () => { state.original = !state.original; apply(); panes().forEach(scrolled); },
  in: () => zoom(step(1)), out: () => zoom(step(-1)), fit: () => zoom(1),
};
"""
_LINKS = """
/* Links: whatever has the key of a class lights up together. */
function light(key, said) {
  const result = one('.dx-result');
  if (!result) return;
  const shown = key ?? state.pinned;
  result.classList.toggle('linked', shown !== null);
  for (const part of all('[data-key]', result)) part.classList.toggle('on', part.dataset.key === shown);
  const words = one('.dx-view figcaption');
  const first = said ?? (shown === null ? '' : one(`.outlines [data-key="${shown}"] title`)?.textContent ?? '');
  if (words && words.textContent !== first) words.textContent = first;
}
function pin(key) {
  state.pinned = key === null || state.pinned === key ? null : key;
  for (const part of all('[aria-pressed][data-key]'))
    part.setAttribute('aria-pressed', part.dataset.key === state.pinned);
  light(null);
}
const linked = (target) => target instanceof Element ? target.closest('.dx-result [data-key]') : null;
function roving() {
  const found = all('svg.teeth [role=button]');
  found.forEach((tooth, n) => tooth.setAttribute('tabindex', n ? -1 : 0));
}
function step_tooth(from, key) {
  const at = (tooth) => { const b = tooth.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; };
  const [x, y] = at(from), sideways = key === 'ArrowLeft' || key === 'ArrowRight';
  const sign = key === 'ArrowLeft' || key === 'ArrowUp' ? -1 : 1;
  let best = null, least = Infinity;
  for (const tooth of all('svg.teeth [role=button]')) {
    const [tx, ty] = at(tooth);
    const along = sign * (sideways ? tx - x : ty - y), across = Math.abs(sideways ? ty - y : tx - x);
    const far = sideways && across > 15 ? Infinity : along + 3 * across;
    if (along > 8 && far < least) { best = tooth; least = far; }
  }
  if (!best) return;
  from.setAttribute('tabindex', -1);
  best.setAttribute('tabindex', 0);
  best.focus();
}
"""
_EVENTS = """
/* Answers. The page's library changes the elements that are there, at once and all of them, and sets back what was set
   here; the image of the same address stays, so that a moved threshold changes outlines and numbers alone. */
let source = null;
const open = new Set();
function answered(result) {
  state.answer = result.dataset.answer;
  const image = one('.dx-view img'), address = image?.getAttribute('src') ?? null;
  if (address !== source) {
    source = address;
    Object.assign(state, { zoom: 1, x: 0.5, y: 0.5, pinned: null });
    pending.delete('image');
    if (image && !image.complete) loading(image);
    setTimeout(shown, 150);  // when the drop zone has its height again
  }
  if (image) {
    apply();
    panes().forEach(scrolled);
    roving();
    for (const part of all('details[data-fold]', result)) part.open = open.has(part.dataset.fold);
    const kept = state.pinned;
    state.pinned = null;
    pin(kept !== null && one(`.dx-result [data-key="${kept}"]`) ? kept : null);
  }
  settled();
}
/* A new image, or why there is none, comes into sight. */
function shown() {
  const place = one('#dx-refused:not(:empty)') ?? one('.dx-view') ?? one('.dx-result');
  const top = place?.getBoundingClientRect().top;
  if (top < 0 || top > innerHeight - 120) place.scrollIntoView({ block: 'start' });
}
/* Until its image is there, a new answer has no outlines to show; those of the old one are gone already. */
function loading(image) {
  const view = one('.dx-view');
  view.classList.add('loading');
  busy('loading');
  const end = () => { view.classList.remove('loading'); settled('loading'); measure(); };
  for (const name of ['load', 'error']) image.addEventListener(name, end, { once: true });
}
new MutationObserver(() => {
  const result = one('#result .dx-result');
  if (result && result.dataset.answer !== state.answer) answered(result);
  for (const toast of all('.toast-body.error:not([data-kept])')) {
    toast.dataset.kept = 'yes';
    refuse(toast.querySelector('.toast-text')?.textContent.trim() || 'The server could not be reached. Try again.');
  }
}).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-answer'] });
document.addEventListener('toggle', (event) => {
  const fold = event.target.dataset?.fold;
  if (fold) open[event.target.open ? 'add' : 'delete'](fold);
}, true);
document.addEventListener('scroll', (event) => {
  const pane = event.target;
  if (!(pane instanceof Element) || !pane.matches('.dx-pane')) return;
  if (panes()[0] !== pane && !pane.matches(':hover, :focus')) return;
  state.x = (pane.scrollLeft + pane.clientWidth / 2) / pane.scrollWidth;
  state.y = (pane.scrollTop + pane.clientHeight / 2) / pane.scrollHeight;
  panes().filter((other) => other !== pane).forEach(scrolled);
}, true);

function chosen(files, event) {
  refuse('');
  if (!files?.length) return;
  if (files[0].size > MOST) { event.preventDefault(); event.stopImmediatePropagation(); refuse(TOO_LARGE); }
  else busy('image');
}
const inside = (event, selector) => event.target instanceof Element && event.target.closest(selector);
document.addEventListener('change', (event) => {
  if (inside(event, '#drop') && event.target.type === 'file') chosen(event.target.files, event);
}, true);
document.addEventListener('drop', (event) => {
  if (inside(event, '#drop')) chosen(event.dataTransfer?.files, event);
}, true);
document.addEventListener('click', (event) => {
  const button = inside(event, '[data-do]');
  if (button) actions[button.dataset.do]();
  else if (inside(event, '#samples')) refuse('');
  else if (!dragged && linked(event.target)) pin(linked(event.target).dataset.key);
});
document.addEventListener('pointerover', (event) => {
  const part = linked(event.target);
  light(part?.dataset.key ?? null, part?.querySelector(':scope > title')?.textContent);
});
document.addEventListener('focusin', (event) => {
  const part = linked(event.target);
  if (part) light(part.dataset.key);
});
document.addEventListener('focusout', (event) => { if (linked(event.target)) light(null); });
document.addEventListener('keydown', (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const tooth = inside(event, 'svg.teeth [role=button]'), pane = inside(event, '.dx-pane');
  const does = { '+': 'in', '=': 'in', '-': 'out', 0: 'fit', o: 'outlines', O: 'outlines' }[event.key];
  if (tooth && event.key.startsWith('Arrow')) step_tooth(tooth, event.key);
  else if (tooth && (event.key === 'Enter' || event.key === ' ')) pin(tooth.dataset.key);
  else if (pane && does) actions[does]();
  else if (event.key === 'Escape' && state.pinned !== null) pin(state.pinned);
  else return;
  event.preventDefault();
});
document.addEventListener('dblclick', (event) => {
  const pane = inside(event, '.dx-pane');
  if (pane) zoom(state.zoom > 1 ? 1 : 3, { pane, x: event.clientX, y: event.clientY });
});
document.addEventListener('wheel', (event) => {
  const pane = inside(event, '.dx-pane');
  if (!pane || !event.ctrlKey) return;
  event.preventDefault();
  zoom(state.zoom * Math.exp(-event.deltaY / 200), { pane, x: event.clientX, y: event.clientY });
}, { passive: false });

/* A mouse drags, two fingers pinch; one finger scrolls by itself. */
const fingers = new Map();
let dragged = false, spread = 0;
document.addEventListener('pointerdown', (event) => {
  const pane = inside(event, '.dx-pane');
  dragged = false;
  if (!pane) return;
  fingers.set(event.pointerId, { pane, x: event.clientX, y: event.clientY, mouse: event.pointerType === 'mouse' });
  spread = 0;
});
document.addEventListener('pointermove', (event) => {
  const from = fingers.get(event.pointerId);
  if (!from) return;
  const [x, y] = [event.clientX, event.clientY];
  if (from.mouse && state.zoom > 1 && (dragged || Math.hypot(x - from.x, y - from.y) > 4)) {
    dragged = true;
    from.pane.scrollLeft -= x - from.x;
    from.pane.scrollTop -= y - from.y;
  }
  if (!from.mouse || dragged) Object.assign(from, { x, y });
  if (fingers.size === 2) {
    const [a, b] = [...fingers.values()], now = Math.hypot(a.x - b.x, a.y - b.y);
    if (spread) zoom(state.zoom * now / spread, { pane: a.pane, x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
    spread = now;
  }
});
for (const end of ['pointerup', 'pointercancel']) document.addEventListener(end, (event) => {
  fingers.delete(event.pointerId);
  spread = 0;
});
new ResizeObserver(measure).observe(document.body);
window.dentalx = { busy, settled };
"""


def script() -> str:
    """Return the function that the browser calls once, when the page is there."""
    state = WAITING % (MOST_BYTES, repr(TOO_LARGE))
    return f"() => {{\nif (window.dentalx) return;\n{state}{_VIEW.replace('%%', '%')}{_LINKS}{_EVENTS}}}"

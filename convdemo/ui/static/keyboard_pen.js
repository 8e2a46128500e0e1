// A pen for the keyboard: arrows move it over the focused pad, the space bar lowers and lifts it.
// Two arrows held together move it diagonally; with Shift it makes larger steps.
convdemo.keyboardPen = (canvas, mark, pen) => {
  const STEP = 1 / 40;
  const DIRECTIONS = {
    ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  };
  const held = new Set();
  let place = [0.5, 0.3];

  function show() {
    mark.hidden = false;
    mark.style.left = `${place[0] * 100}%`;
    mark.style.top = `${place[1] * 100}%`;
    mark.classList.toggle("cd-down", pen.drawing);
  }

  function hide() {
    held.clear();
    mark.hidden = true;
  }

  function move(step) {
    for (const key of held) {
      place = place.map((at, axis) => Math.min(1, Math.max(0, at + DIRECTIONS[key][axis] * step)));
    }
    if (pen.drawing) pen.extend([place]);
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || pen.pointing) return;
    if (event.key in DIRECTIONS) {
      held.add(event.key);
      move(event.shiftKey ? 3 * STEP : STEP);
    } else if (event.key === " ") {
      if (event.repeat) event.preventDefault();
      else if (pen.drawing) pen.lift();
      else pen.lower(place);
    } else {
      return;
    }
    event.preventDefault();
    show();
  });
  canvas.addEventListener("keyup", (event) => held.delete(event.key));
  canvas.addEventListener("pointerdown", hide);
  canvas.addEventListener("blur", () => {
    if (pen.drawing && !pen.pointing) pen.lift();
    hide();
  });
};

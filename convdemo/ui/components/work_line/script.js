/**
 * @typedef {import("../shared.js").Sentence} Sentence
 * @typedef {{share: number, left: number | null, waits: boolean}} Progress
 */

/** @type {import("../shared.js").Mount<Progress | Sentence, {does: string}>} */
export function mount({ element, props, trigger, watch }, { find, teller }) {
  const { tell } = teller(element, props.words);
  const [says, work, left] = [".says", ".work", ".left"].map((one) => find(element, one));
  const [bar, stop] = [/** @type {HTMLProgressElement} */ (find(element, "progress")), /** @type {HTMLButtonElement} */ (find(element, "button"))];

  function draw() {
    const { value } = props;
    const goes = value !== null && typeof value === "object" && "share" in value;
    work.hidden = !goes;
    if (!goes) {
      stop.disabled = false;
      tell(says, value ?? "");
      return;
    }
    tell(says, props.does);
    bar.value = value.share;
    if (value.left !== null) tell(left, "left", { percent: Math.floor(value.share * 100), seconds: Math.max(1, Math.ceil(value.left)) });
    else tell(left, value.waits ? "waits" : "");
  }

  stop.addEventListener("click", () => {
    stop.disabled = true;
    trigger("input");
  });
  tell(stop, "stop");
  tell(bar, props.does, {}, "ariaLabel");
  watch("value", draw);
  draw();
}

/**
 * @typedef {string | [string, Record<string, unknown>]} Sentence
 * @typedef {{share: number, left: number | null, waits: boolean}} Progress
 */

/**
 * @param {import("../shared.js").Mounted<Progress | Sentence> & {props: {does: string}}} mounted
 * @param {import("../shared.js")} shared
 */
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
      if (value && typeof value !== "string") tell(says, ...value);
      else tell(says, value ?? "");
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

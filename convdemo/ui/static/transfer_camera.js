// The camera of the Transfer tab: a burst of photos of one class, and frames for a network that reads them live.
(() => {
  const { make, tell } = convdemo;
  const EVERY = 200; // milliseconds between two photos of a burst
  const SECONDS = 3; // of a burst that needs no hand
  const MOST = 60; // photos of a burst
  const SIDE = 480; // pixels of the shorter side that is sent

  // The stream of the camera, null where there is none.
  convdemo.cameraStream = async () => {
    try {
      return await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      return null;
    }
  };

  convdemo.cameraVideo = (stream) => {
    const video = make("video", { autoplay: "", playsinline: "" });
    video.muted = true;
    video.srcObject = stream;
    return video;
  };

  // What the camera sees now as a JPEG, its shorter side no longer than that.
  convdemo.cameraFrame = (video, side = SIDE, quality = 0.92) => {
    const scale = Math.min(1, side / Math.min(video.videoWidth, video.videoHeight));
    const canvas = make("canvas", { width: Math.round(video.videoWidth * scale), height: Math.round(video.videoHeight * scale) });
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
  };

  // Asks for photos of a class: while a button is held down by a finger, the mouse or a key, or for three
  // seconds. `onBurst` gets the files of each burst, `onSentence` a key if there is no camera.
  convdemo.transferBurst = async (element, { name, onBurst, onSentence }) => {
    const stream = await convdemo.cameraStream();
    if (!stream) {
      onSentence("picture.no_camera");
      return;
    }
    const video = convdemo.cameraVideo(stream);
    const title = make("h2");
    const count = make("p", { class: "cd-words", role: "status" });
    const hold = make("button", { type: "button", class: "cd-button cd-primary", "data-say": "transfer.hold" });
    const timed = make("button", { type: "button", class: "cd-button", onclick: takeForSeconds });
    const over = make("button", { type: "button", class: "cd-button", "data-say": "transfer.camera_done", onclick: () => dialog.close() });
    const dialog = make("dialog", { class: "cd-dialog cd-camera" }, title, video, count, make("div", { class: "cd-toolbar" }, hold, timed, over));
    tell(title, "transfer.camera_title", { name: convdemo.plainText(name) });
    tell(timed, "transfer.for_seconds", { seconds: SECONDS });
    tell(count, "transfer.taken", { photos: 0 });
    let taking = false;
    let taken = 0;

    async function take(until = Infinity) {
      if (taking) return;
      taking = true;
      const frames = [];
      while (taking && frames.length < MOST && performance.now() < until) {
        const started = performance.now();
        if (video.videoWidth) {
          frames.push(new File([await convdemo.cameraFrame(video)], `photo-${taken + 1}.jpg`));
          tell(count, "transfer.taken", { photos: ++taken });
        }
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, EVERY - (performance.now() - started))));
      }
      taking = false;
      if (frames.length) onBurst(frames);
    }

    const end = () => (taking = false);

    function takeForSeconds() {
      if (taking) end();
      else take(performance.now() + 1000 * SECONDS);
    }

    hold.addEventListener("pointerdown", (event) => {
      if (event.button === 0) take();
    });
    for (const event of ["pointerup", "pointerleave", "pointercancel", "blur", "keyup"]) hold.addEventListener(event, end);
    hold.addEventListener("contextmenu", (event) => event.preventDefault()); // of a long touch
    hold.addEventListener("keydown", (event) => {
      if (![" ", "Enter"].includes(event.key)) return;
      event.preventDefault();
      if (!event.repeat) take();
    });
    dialog.addEventListener("close", () => {
      end();
      stream.getTracks().forEach((track) => track.stop());
      dialog.remove();
    });
    element.append(dialog);
    convdemo.speak(dialog);
    dialog.showModal();
  };
})();

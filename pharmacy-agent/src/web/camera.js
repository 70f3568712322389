"use strict";
// Sends one frame after another to this machine's own screen; the first that is read is the scan.
const said = document.getElementById("said");
const video = document.getElementById("video");
const form = document.getElementById("scan");
const canvas = document.createElement("canvas");

const say = (text) => { said.textContent = text; };
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function read() {
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  const image = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
  const frame = new FormData();
  frame.append("csrf", form.elements.csrf.value);
  frame.append("image", image, "frame.jpg");
  const answer = await fetch("/scan/frame", { method: "POST", body: frame });
  if (answer.status === 204) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

async function watch() {
  const size = { width: { ideal: 1920 }, height: { ideal: 1080 }, facingMode: "environment" };
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: size, audio: false });
  await video.play();
  say("Acerque el código hasta que llene la imagen, sin reflejos.");
  for (;;) {
    const text = video.videoWidth > 0 ? await read() : null;
    if (text) {
      video.srcObject.getTracks().forEach((track) => track.stop());
      form.elements.text.value = text;
      form.submit();
      return;
    }
    await pause(100);
  }
}

watch().catch((error) => {
  say(error.name === "NotAllowedError"
    ? "El navegador no dio permiso para la cámara. Permítala, o use el lector o una fotografía."
    : "La cámara no funciona. Use el lector o una fotografía.");
});

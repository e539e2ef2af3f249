/** The stream's frames: u32 length of JSON, u32 length of bytes (little-endian), JSON, bytes. */

const HEADER_BYTES = 8;
/** No frame is larger; a length above it means that the stream is not what we think. */
const FRAME_BYTES_MAX = 1 << 28;

/** Cuts a stream of bytes into frames, however the bytes arrive. */
export class FrameParser {
  /** @type {Uint8Array[]} */
  #chunks = [];
  #byteCount = 0;
  #decoder = new TextDecoder();

  /**
   * @param {Uint8Array} chunk
   * @returns {{json: any, bytes: Uint8Array<ArrayBuffer>}[]} the frames that it completes; `bytes` own their buffer
   * @throws {Error} for a length that cannot be, or for JSON that is none
   */
  push(chunk) {
    this.#chunks.push(chunk);
    this.#byteCount += chunk.byteLength;
    const frames = [];
    for (;;) {
      if (this.#byteCount < HEADER_BYTES) break;
      const header = this.#peek(HEADER_BYTES);
      const view = new DataView(header.buffer, header.byteOffset, HEADER_BYTES);
      const [jsonBytes, dataBytes] = [view.getUint32(0, true), view.getUint32(4, true)];
      if (jsonBytes + dataBytes > FRAME_BYTES_MAX) throw new Error("The stream is broken: a frame is too long.");
      const total = HEADER_BYTES + jsonBytes + dataBytes;
      if (this.#byteCount < total) break;
      const frame = this.#take(total);
      const json = JSON.parse(this.#decoder.decode(frame.subarray(HEADER_BYTES, HEADER_BYTES + jsonBytes)));
      frames.push({ json, bytes: frame.slice(HEADER_BYTES + jsonBytes) });
    }
    return frames;
  }

  /** The first bytes in one piece; the chunks are joined no more often than frames need it. */
  #peek(/** @type {number} */ byteCount) {
    if (this.#chunks[0].byteLength >= byteCount) return this.#chunks[0];
    this.#chunks = [this.#joined()];
    return this.#chunks[0];
  }

  #take(/** @type {number} */ byteCount) {
    const all = this.#peek(byteCount);
    const frame = all.subarray(0, byteCount);
    if (all.byteLength === byteCount) this.#chunks.shift();
    else this.#chunks[0] = all.subarray(byteCount);
    this.#byteCount -= byteCount;
    return frame;
  }

  #joined() {
    const all = new Uint8Array(this.#byteCount);
    let at = 0;
    for (const chunk of this.#chunks) { all.set(chunk, at); at += chunk.byteLength; }
    return all;
  }
}

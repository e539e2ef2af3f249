/** Side of a tile in pixels of its level. */
export const tileSide = 256;

/** @typedef {{level: number, column: number, row: number}} TileIndex */

/**
 * The levels of one image and the tiles that they are cut into. Level 0 is full resolution; a pixel of level L is `width0 / widthL` pixels of the image wide.
 * All rectangles are in pixels of the full resolution.
 */
export class Pyramid {
  /** @param {{width: number, height: number, levels: {width: number, height: number}[]}} info as `GET images/{id}` gives it */
  constructor(info) {
    this.width = info.width;
    this.height = info.height;
    this.levels = info.levels?.length ? info.levels : [{ width: info.width, height: info.height }];
  }

  get coarsest() { return this.levels.length - 1; }
  factorX(level) { return this.width / this.levels[level].width; }
  factorY(level) { return this.height / this.levels[level].height; }
  columns(level) { return Math.ceil(this.levels[level].width / tileSide); }
  rows(level) { return Math.ceil(this.levels[level].height / tileSide); }

  /** Left, top, right and bottom of a tile. Neighbours share an edge to the last bit, so that rounding leaves no seam. */
  edges({ level, column, row }) {
    const { width, height } = this.levels[level], fx = this.factorX(level), fy = this.factorY(level);
    return [column * tileSide * fx, row * tileSide * fy,
      Math.min((column + 1) * tileSide, width) * fx, Math.min((row + 1) * tileSide, height) * fy];
  }

  /** The level to show: the coarsest whose pixels are at most 1.25 device pixels wide. */
  levelFor(deviceScale) {
    let level = 0;
    while (level < this.coarsest && this.factorX(level + 1) * deviceScale <= 1.25) level++;
    return level;
  }

  /**
   * Tiles of a level that touch a rectangle, nearest to its centre first.
   * @param {number} margin tiles more on each side
   * @returns {TileIndex[]}
   */
  tilesIn(level, [x, y, width, height], margin = 0) {
    const sideX = tileSide * this.factorX(level), sideY = tileSide * this.factorY(level);
    const left = Math.max(0, Math.floor(x / sideX) - margin), right = Math.min(this.columns(level), Math.ceil((x + width) / sideX) + margin);
    const top = Math.max(0, Math.floor(y / sideY) - margin), bottom = Math.min(this.rows(level), Math.ceil((y + height) / sideY) + margin);
    const tiles = [], centreX = (x + width / 2) / sideX - 0.5, centreY = (y + height / 2) / sideY - 0.5;
    for (let row = top; row < bottom; row++) for (let column = left; column < right; column++) tiles.push({ level, column, row });
    const distance = (tile) => (tile.column - centreX) ** 2 + (tile.row - centreY) ** 2;
    return tiles.sort((a, b) => distance(a) - distance(b));
  }
}

/** @param {TileIndex} tile */
export const tileName = (tile) => `${tile.level}/${tile.column}/${tile.row}`;

/** Whether two rectangles `[left, top, right, bottom]` share more than an edge. */
export const overlaps = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

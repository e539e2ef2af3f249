/**
 * Where the image lies on the screen: the image's point in the middle of the view, and CSS pixels per image pixel. The image's origin is drawn on a whole
 * device pixel, so that panning moves everything by whole pixels and no tile changes its size.
 */
export class ViewTransform {
  centreX = 0;
  centreY = 0;
  scale = 1;
  /** Device pixels per CSS pixel. */
  ratio = 1;
  widthDevice = 1;
  heightDevice = 1;

  get deviceScale() { return this.scale * this.ratio; }
  get originX() { return Math.round(this.centreX * this.deviceScale - this.widthDevice / 2); }
  get originY() { return Math.round(this.centreY * this.deviceScale - this.heightDevice / 2); }
  get widthCss() { return this.widthDevice / this.ratio; }
  get heightCss() { return this.heightDevice / this.ratio; }

  /** The view in image pixels: x, y, width, height; also what lies outside the image. */
  get rect() {
    const scale = this.deviceScale;
    return [this.originX / scale, this.originY / scale, this.widthDevice / scale, this.heightDevice / scale];
  }

  /** The view's `[left, top, right, bottom]` in image pixels. */
  get bounds() {
    const [x, y, width, height] = this.rect;
    return [x, y, x + width, y + height];
  }

  toImage(cssX, cssY) {
    return { x: (cssX * this.ratio + this.originX) / this.deviceScale, y: (cssY * this.ratio + this.originY) / this.deviceScale };
  }

  toCss(x, y) {
    return { x: (x * this.deviceScale - this.originX) / this.ratio, y: (y * this.deviceScale - this.originY) / this.ratio };
  }

  /** A rectangle of edges on whole device pixels: x, y, width, height. Its right edge is its neighbour's left one. */
  toDevice([left, top, right, bottom]) {
    const scale = this.deviceScale, x = Math.round(left * scale), y = Math.round(top * scale);
    return [x - this.originX, y - this.originY, Math.round(right * scale) - x, Math.round(bottom * scale) - y];
  }

  /** Changes the scale so that the image's point under a CSS position stays there. */
  zoomAround(scale, cssX, cssY) {
    const dx = cssX - this.widthCss / 2, dy = cssY - this.heightCss / 2;
    this.centreX += dx / this.scale - dx / scale;
    this.centreY += dy / this.scale - dy / scale;
    this.scale = scale;
  }

  panBy(dxCss, dyCss) {
    this.centreX -= dxCss / this.scale;
    this.centreY -= dyCss / this.scale;
  }

  /** Shows a whole rectangle of image pixels, with some room around it. */
  show([x, y, width, height], scaleMax) {
    this.centreX = x + width / 2;
    this.centreY = y + height / 2;
    this.scale = Math.min(scaleMax, 0.98 * Math.min(this.widthCss / width, this.heightCss / height));
  }

  copy() { return Object.assign(new ViewTransform(), this); }

  /** Whether both draw everything on the same device pixels. */
  equals(other) {
    return this.originX === other.originX && this.originY === other.originY && this.deviceScale === other.deviceScale && this.ratio === other.ratio
      && this.widthDevice === other.widthDevice && this.heightDevice === other.heightDevice;
  }
}

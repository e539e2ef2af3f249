// The files of the annotator's page and its OpenAPI document, as the program carries them.
//
// To add a file of the page: its two lines here; a test says which one was forgotten. C, because an array literal of so many bytes
// takes the Swift compiler minutes.
#include "page.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char file_api_api_js[] = {
#embed "../Coordinator/Annotator/Page/api/api.js"
};
static const unsigned char file_controls_css[] = {
#embed "../Coordinator/Annotator/Page/controls.css"
};
static const unsigned char file_icon_svg[] = {
#embed "../Coordinator/Annotator/Page/icon.svg"
};
static const unsigned char file_index_html[] = {
#embed "../Coordinator/Annotator/Page/index.html"
};
static const unsigned char file_keys_commands_js[] = {
#embed "../Coordinator/Annotator/Page/keys/commands.js"
};
static const unsigned char file_keys_keyboard_js[] = {
#embed "../Coordinator/Annotator/Page/keys/keyboard.js"
};
static const unsigned char file_keys_keymap_js[] = {
#embed "../Coordinator/Annotator/Page/keys/keymap.js"
};
static const unsigned char file_live_compare_js[] = {
#embed "../Coordinator/Annotator/Page/live/compare.js"
};
static const unsigned char file_live_guide_js[] = {
#embed "../Coordinator/Annotator/Page/live/guide.js"
};
static const unsigned char file_live_live_js[] = {
#embed "../Coordinator/Annotator/Page/live/live.js"
};
static const unsigned char file_live_masks_js[] = {
#embed "../Coordinator/Annotator/Page/live/masks.js"
};
static const unsigned char file_live_pill_js[] = {
#embed "../Coordinator/Annotator/Page/live/pill.js"
};
static const unsigned char file_live_place_js[] = {
#embed "../Coordinator/Annotator/Page/live/place.js"
};
static const unsigned char file_live_report_js[] = {
#embed "../Coordinator/Annotator/Page/live/report.js"
};
static const unsigned char file_live_words_js[] = {
#embed "../Coordinator/Annotator/Page/live/words.js"
};
static const unsigned char file_main_js[] = {
#embed "../Coordinator/Annotator/Page/main.js"
};
static const unsigned char file_painting_cross_js[] = {
#embed "../Coordinator/Annotator/Page/painting/cross.js"
};
static const unsigned char file_painting_draft_js[] = {
#embed "../Coordinator/Annotator/Page/painting/draft.js"
};
static const unsigned char file_painting_painter_js[] = {
#embed "../Coordinator/Annotator/Page/painting/painter.js"
};
static const unsigned char file_painting_shapes_js[] = {
#embed "../Coordinator/Annotator/Page/painting/shapes.js"
};
static const unsigned char file_painting_simplify_js[] = {
#embed "../Coordinator/Annotator/Page/painting/simplify.js"
};
static const unsigned char file_painting_tools_js[] = {
#embed "../Coordinator/Annotator/Page/painting/tools.js"
};
static const unsigned char file_panels_css[] = {
#embed "../Coordinator/Annotator/Page/panels.css"
};
static const unsigned char file_panels_brush_js[] = {
#embed "../Coordinator/Annotator/Page/panels/brush.js"
};
static const unsigned char file_panels_classes_js[] = {
#embed "../Coordinator/Annotator/Page/panels/classes.js"
};
static const unsigned char file_panels_exchange_js[] = {
#embed "../Coordinator/Annotator/Page/panels/exchange.js"
};
static const unsigned char file_panels_features_js[] = {
#embed "../Coordinator/Annotator/Page/panels/features.js"
};
static const unsigned char file_panels_head_js[] = {
#embed "../Coordinator/Annotator/Page/panels/head.js"
};
static const unsigned char file_panels_help_js[] = {
#embed "../Coordinator/Annotator/Page/panels/help.js"
};
static const unsigned char file_panels_histogram_js[] = {
#embed "../Coordinator/Annotator/Page/panels/histogram.js"
};
static const unsigned char file_panels_images_js[] = {
#embed "../Coordinator/Annotator/Page/panels/images.js"
};
static const unsigned char file_panels_look_js[] = {
#embed "../Coordinator/Annotator/Page/panels/look.js"
};
static const unsigned char file_panels_models_js[] = {
#embed "../Coordinator/Annotator/Page/panels/models.js"
};
static const unsigned char file_panels_people_js[] = {
#embed "../Coordinator/Annotator/Page/panels/people.js"
};
static const unsigned char file_panels_report_js[] = {
#embed "../Coordinator/Annotator/Page/panels/report.js"
};
static const unsigned char file_panels_result_js[] = {
#embed "../Coordinator/Annotator/Page/panels/result.js"
};
static const unsigned char file_panels_runs_js[] = {
#embed "../Coordinator/Annotator/Page/panels/runs.js"
};
static const unsigned char file_panels_section_js[] = {
#embed "../Coordinator/Annotator/Page/panels/section.js"
};
static const unsigned char file_panels_workers_js[] = {
#embed "../Coordinator/Annotator/Page/panels/workers.js"
};
static const unsigned char file_project_classes_js[] = {
#embed "../Coordinator/Annotator/Page/project/classes.js"
};
static const unsigned char file_project_fold_js[] = {
#embed "../Coordinator/Annotator/Page/project/fold.js"
};
static const unsigned char file_project_history_js[] = {
#embed "../Coordinator/Annotator/Page/project/history.js"
};
static const unsigned char file_project_operations_js[] = {
#embed "../Coordinator/Annotator/Page/project/operations.js"
};
static const unsigned char file_project_outbox_js[] = {
#embed "../Coordinator/Annotator/Page/project/outbox.js"
};
static const unsigned char file_project_project_js[] = {
#embed "../Coordinator/Annotator/Page/project/project.js"
};
static const unsigned char file_project_visibility_js[] = {
#embed "../Coordinator/Annotator/Page/project/visibility.js"
};
static const unsigned char file_stream_worker_js[] = {
#embed "../Coordinator/Annotator/Page/stream-worker.js"
};
static const unsigned char file_stream_connection_js[] = {
#embed "../Coordinator/Annotator/Page/stream/connection.js"
};
static const unsigned char file_stream_frames_js[] = {
#embed "../Coordinator/Annotator/Page/stream/frames.js"
};
static const unsigned char file_stream_hub_js[] = {
#embed "../Coordinator/Annotator/Page/stream/hub.js"
};
static const unsigned char file_stream_stream_js[] = {
#embed "../Coordinator/Annotator/Page/stream/stream.js"
};
static const unsigned char file_style_css[] = {
#embed "../Coordinator/Annotator/Page/style.css"
};
static const unsigned char file_ui_dom_js[] = {
#embed "../Coordinator/Annotator/Page/ui/dom.js"
};
static const unsigned char file_ui_emitter_js[] = {
#embed "../Coordinator/Annotator/Page/ui/emitter.js"
};
static const unsigned char file_ui_format_js[] = {
#embed "../Coordinator/Annotator/Page/ui/format.js"
};
static const unsigned char file_ui_login_js[] = {
#embed "../Coordinator/Annotator/Page/ui/login.js"
};
static const unsigned char file_ui_messages_js[] = {
#embed "../Coordinator/Annotator/Page/ui/messages.js"
};
static const unsigned char file_ui_preferences_js[] = {
#embed "../Coordinator/Annotator/Page/ui/preferences.js"
};
static const unsigned char file_ui_statusbar_js[] = {
#embed "../Coordinator/Annotator/Page/ui/statusbar.js"
};
static const unsigned char file_ui_toolbar_js[] = {
#embed "../Coordinator/Annotator/Page/ui/toolbar.js"
};
static const unsigned char file_ui_uuid_js[] = {
#embed "../Coordinator/Annotator/Page/ui/uuid.js"
};
static const unsigned char file_viewer_brush_circle_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/brush-circle.js"
};
static const unsigned char file_viewer_compile_shape_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/compile-shape.js"
};
static const unsigned char file_viewer_display_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/display.js"
};
static const unsigned char file_viewer_draw_tile_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/draw-tile.js"
};
static const unsigned char file_viewer_image_tiles_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/image-tiles.js"
};
static const unsigned char file_viewer_ink_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/ink.js"
};
static const unsigned char file_viewer_motion_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/motion.js"
};
static const unsigned char file_viewer_overlay_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/overlay.js"
};
static const unsigned char file_viewer_paint_overlay_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/paint-overlay.js"
};
static const unsigned char file_viewer_paint_samples_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/paint-samples.js"
};
static const unsigned char file_viewer_paint_worker_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/paint-worker.js"
};
static const unsigned char file_viewer_painter_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/painter.js"
};
static const unsigned char file_viewer_pointers_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/pointers.js"
};
static const unsigned char file_viewer_pyramid_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/pyramid.js"
};
static const unsigned char file_viewer_request_queue_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/request-queue.js"
};
static const unsigned char file_viewer_scale_bar_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/scale-bar.js"
};
static const unsigned char file_viewer_shape_cache_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/shape-cache.js"
};
static const unsigned char file_viewer_shape_worker_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/shape-worker.js"
};
static const unsigned char file_viewer_view_transform_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/view-transform.js"
};
static const unsigned char file_viewer_viewer_js[] = {
#embed "../Coordinator/Annotator/Page/viewer/viewer.js"
};
static const unsigned char file_workspace_js[] = {
#embed "../Coordinator/Annotator/Page/workspace.js"
};

static const struct page_file files[] = {
    {"api/api.js", file_api_api_js, sizeof file_api_api_js},
    {"controls.css", file_controls_css, sizeof file_controls_css},
    {"icon.svg", file_icon_svg, sizeof file_icon_svg},
    {"index.html", file_index_html, sizeof file_index_html},
    {"keys/commands.js", file_keys_commands_js, sizeof file_keys_commands_js},
    {"keys/keyboard.js", file_keys_keyboard_js, sizeof file_keys_keyboard_js},
    {"keys/keymap.js", file_keys_keymap_js, sizeof file_keys_keymap_js},
    {"live/compare.js", file_live_compare_js, sizeof file_live_compare_js},
    {"live/guide.js", file_live_guide_js, sizeof file_live_guide_js},
    {"live/live.js", file_live_live_js, sizeof file_live_live_js},
    {"live/masks.js", file_live_masks_js, sizeof file_live_masks_js},
    {"live/pill.js", file_live_pill_js, sizeof file_live_pill_js},
    {"live/place.js", file_live_place_js, sizeof file_live_place_js},
    {"live/report.js", file_live_report_js, sizeof file_live_report_js},
    {"live/words.js", file_live_words_js, sizeof file_live_words_js},
    {"main.js", file_main_js, sizeof file_main_js},
    {"painting/cross.js", file_painting_cross_js, sizeof file_painting_cross_js},
    {"painting/draft.js", file_painting_draft_js, sizeof file_painting_draft_js},
    {"painting/painter.js", file_painting_painter_js, sizeof file_painting_painter_js},
    {"painting/shapes.js", file_painting_shapes_js, sizeof file_painting_shapes_js},
    {"painting/simplify.js", file_painting_simplify_js, sizeof file_painting_simplify_js},
    {"painting/tools.js", file_painting_tools_js, sizeof file_painting_tools_js},
    {"panels.css", file_panels_css, sizeof file_panels_css},
    {"panels/brush.js", file_panels_brush_js, sizeof file_panels_brush_js},
    {"panels/classes.js", file_panels_classes_js, sizeof file_panels_classes_js},
    {"panels/exchange.js", file_panels_exchange_js, sizeof file_panels_exchange_js},
    {"panels/features.js", file_panels_features_js, sizeof file_panels_features_js},
    {"panels/head.js", file_panels_head_js, sizeof file_panels_head_js},
    {"panels/help.js", file_panels_help_js, sizeof file_panels_help_js},
    {"panels/histogram.js", file_panels_histogram_js, sizeof file_panels_histogram_js},
    {"panels/images.js", file_panels_images_js, sizeof file_panels_images_js},
    {"panels/look.js", file_panels_look_js, sizeof file_panels_look_js},
    {"panels/models.js", file_panels_models_js, sizeof file_panels_models_js},
    {"panels/people.js", file_panels_people_js, sizeof file_panels_people_js},
    {"panels/report.js", file_panels_report_js, sizeof file_panels_report_js},
    {"panels/result.js", file_panels_result_js, sizeof file_panels_result_js},
    {"panels/runs.js", file_panels_runs_js, sizeof file_panels_runs_js},
    {"panels/section.js", file_panels_section_js, sizeof file_panels_section_js},
    {"panels/workers.js", file_panels_workers_js, sizeof file_panels_workers_js},
    {"project/classes.js", file_project_classes_js, sizeof file_project_classes_js},
    {"project/fold.js", file_project_fold_js, sizeof file_project_fold_js},
    {"project/history.js", file_project_history_js, sizeof file_project_history_js},
    {"project/operations.js", file_project_operations_js, sizeof file_project_operations_js},
    {"project/outbox.js", file_project_outbox_js, sizeof file_project_outbox_js},
    {"project/project.js", file_project_project_js, sizeof file_project_project_js},
    {"project/visibility.js", file_project_visibility_js, sizeof file_project_visibility_js},
    {"stream-worker.js", file_stream_worker_js, sizeof file_stream_worker_js},
    {"stream/connection.js", file_stream_connection_js, sizeof file_stream_connection_js},
    {"stream/frames.js", file_stream_frames_js, sizeof file_stream_frames_js},
    {"stream/hub.js", file_stream_hub_js, sizeof file_stream_hub_js},
    {"stream/stream.js", file_stream_stream_js, sizeof file_stream_stream_js},
    {"style.css", file_style_css, sizeof file_style_css},
    {"ui/dom.js", file_ui_dom_js, sizeof file_ui_dom_js},
    {"ui/emitter.js", file_ui_emitter_js, sizeof file_ui_emitter_js},
    {"ui/format.js", file_ui_format_js, sizeof file_ui_format_js},
    {"ui/login.js", file_ui_login_js, sizeof file_ui_login_js},
    {"ui/messages.js", file_ui_messages_js, sizeof file_ui_messages_js},
    {"ui/preferences.js", file_ui_preferences_js, sizeof file_ui_preferences_js},
    {"ui/statusbar.js", file_ui_statusbar_js, sizeof file_ui_statusbar_js},
    {"ui/toolbar.js", file_ui_toolbar_js, sizeof file_ui_toolbar_js},
    {"ui/uuid.js", file_ui_uuid_js, sizeof file_ui_uuid_js},
    {"viewer/brush-circle.js", file_viewer_brush_circle_js, sizeof file_viewer_brush_circle_js},
    {"viewer/compile-shape.js", file_viewer_compile_shape_js, sizeof file_viewer_compile_shape_js},
    {"viewer/display.js", file_viewer_display_js, sizeof file_viewer_display_js},
    {"viewer/draw-tile.js", file_viewer_draw_tile_js, sizeof file_viewer_draw_tile_js},
    {"viewer/image-tiles.js", file_viewer_image_tiles_js, sizeof file_viewer_image_tiles_js},
    {"viewer/ink.js", file_viewer_ink_js, sizeof file_viewer_ink_js},
    {"viewer/motion.js", file_viewer_motion_js, sizeof file_viewer_motion_js},
    {"viewer/overlay.js", file_viewer_overlay_js, sizeof file_viewer_overlay_js},
    {"viewer/paint-overlay.js", file_viewer_paint_overlay_js, sizeof file_viewer_paint_overlay_js},
    {"viewer/paint-samples.js", file_viewer_paint_samples_js, sizeof file_viewer_paint_samples_js},
    {"viewer/paint-worker.js", file_viewer_paint_worker_js, sizeof file_viewer_paint_worker_js},
    {"viewer/painter.js", file_viewer_painter_js, sizeof file_viewer_painter_js},
    {"viewer/pointers.js", file_viewer_pointers_js, sizeof file_viewer_pointers_js},
    {"viewer/pyramid.js", file_viewer_pyramid_js, sizeof file_viewer_pyramid_js},
    {"viewer/request-queue.js", file_viewer_request_queue_js, sizeof file_viewer_request_queue_js},
    {"viewer/scale-bar.js", file_viewer_scale_bar_js, sizeof file_viewer_scale_bar_js},
    {"viewer/shape-cache.js", file_viewer_shape_cache_js, sizeof file_viewer_shape_cache_js},
    {"viewer/shape-worker.js", file_viewer_shape_worker_js, sizeof file_viewer_shape_worker_js},
    {"viewer/view-transform.js", file_viewer_view_transform_js, sizeof file_viewer_view_transform_js},
    {"viewer/viewer.js", file_viewer_viewer_js, sizeof file_viewer_viewer_js},
    {"workspace.js", file_workspace_js, sizeof file_workspace_js},
};

static const unsigned char openapi[] = {
#embed "../Coordinator/Annotator/openapi.json"
};

const struct page_file page_openapi = {"openapi.json", openapi, sizeof openapi};
const unsigned long page_file_count = sizeof files / sizeof *files;

const struct page_file *page_file_at(unsigned long index) { return &files[index]; }

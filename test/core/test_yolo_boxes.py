"""Networks of users, with boxes as the YOLO family gives them."""

from pathlib import Path

import numpy as np
import pytest

from thermal_radar_fusion.onnx_model import ModelError
from thermal_radar_fusion.thermal.thermal_image import ThermalImage
from thermal_radar_fusion.thermal.yolo_boxes import YoloDetector

# A face in an image of 320 x 240, and that box in an input of 640 x 640, scaled by two.
FACE = (100.0, 50.0, 139.0, 99.0)
CENTRE = (240.0, 150.0, 80.0, 100.0)
CORNERS = (200.0, 100.0, 280.0, 200.0)


class Answer:
    """A network that gives the same answer to whatever it is shown."""

    path = Path('yours.onnx')
    outputs = ()

    def __init__(self, output, inputs=(1, 3, 640, 640)):
        self.output, self.inputs, self.shown = np.asarray(output, np.float32), inputs, None

    def run(self, values):
        self.shown = values
        return [self.output]


def rows_of(layout, score=0.9):
    """Return the output of a layout with one face, a weaker copy and much that is nothing."""
    weaker = score - 0.2
    if layout == 'corners':
        rows = np.zeros((1, 300, 6))
        rows[0, 5], rows[0, 9] = (*CORNERS, score, 0), (*CORNERS, weaker, 0)
        rows[0, 11] = (*CORNERS, 0.95, 1)
        return rows
    if layout == 'yolov8':
        rows = np.zeros((1, 5, 8400))
        rows[0, :, 5], rows[0, :, 9] = (*CENTRE, score), (*CENTRE, weaker)
        return rows
    rows = np.zeros((1, 25200, 6))
    rows[0, 5], rows[0, 9] = (*CENTRE, score, 1.0), (*CENTRE, 1.0, weaker)
    return rows


def detector(model, layout='auto', threshold=0.4):
    return YoloDetector(model, layout, threshold, 0.45, 6.0)


def picture(shape=(240, 320)):
    values = np.random.default_rng(1).uniform(20, 36, shape).astype(np.float32)
    return ThermalImage(0.0, values)


@pytest.mark.parametrize('layout', ['corners', 'yolov8', 'yolov5'])
@pytest.mark.parametrize('said', [True, False])
def test_every_layout_gives_the_same_face(layout, said):
    model = Answer(rows_of(layout))
    (face,) = detector(model, layout if said else 'auto').detect(picture())
    assert face.box == pytest.approx(FACE, abs=0.8)
    assert face.score == pytest.approx(0.9)


@pytest.mark.parametrize('layout', ['corners', 'yolov8', 'yolov5'])
def test_what_is_not_sure_enough_is_left_out(layout):
    assert detector(Answer(rows_of(layout, 0.35)), layout).detect(picture()) == []


@pytest.mark.parametrize('channels', [1, 3])
def test_the_image_is_scaled_into_the_input_and_keeps_its_shape(channels):
    model = Answer(rows_of('corners'), (1, channels, 640, 640))
    detector(model).detect(picture())
    assert model.shown.shape == (1, channels, 640, 640)
    assert model.shown.dtype == np.float32
    assert model.shown.min() >= 0
    assert model.shown.max() <= 1
    assert np.ptp(model.shown[0, 0, :480]) > 0.9
    assert np.ptp(model.shown[0, 0, 480:]) == 0


def test_an_input_of_any_size_gets_640():
    model = Answer(rows_of('corners'), ('batch', 3, 'height', 'width'))
    detector(model).detect(picture())
    assert model.shown.shape == (1, 3, 640, 640)


@pytest.mark.parametrize('inputs', [(1, 2, 640, 640), (1, 640), (1, 4, 64, 64)])
def test_another_input_is_refused_in_one_line(inputs):
    with pytest.raises(ModelError, match=r'yours.onnx: takes .* as YOLO does') as caught:
        detector(Answer(rows_of('corners'), inputs))
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    ('shape', 'layout'),
    [
        ((1, 1000), 'auto'),
        ((2, 300, 6), 'auto'),
        ((1, 300, 4), 'auto'),
        ((1, 5, 8400), 'yolov5'),
        ((1, 25200, 6), 'yolov8'),
        ((1, 300, 85), 'corners'),
    ],
)
def test_another_output_is_refused_in_one_line(shape, layout):
    with pytest.raises(ModelError, match=r'yours.onnx: gives .* no list of boxes'):
        detector(Answer(np.zeros(shape)), layout).detect(picture())

"""Scores of face detectors, and `trf evaluate faces`."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from thermal_radar_fusion.cli import run
from thermal_radar_fusion.datasets.face_boxes import BoxedImage, boxed_images
from thermal_radar_fusion.datasets.recording import DatasetError
from thermal_radar_fusion.evaluation.faces import DetectedImage, matched, score_faces
from thermal_radar_fusion.evaluation.tracking import EvaluationError
from thermal_radar_fusion.thermal.faces import DetectedFace

HEADER = 'file,x0,y0,x1,y1,ignore\n'


def image(boxes=(), ignored=()):
    arrays = [np.array(list(entries), float).reshape(-1, 4) for entries in (boxes, ignored)]
    return BoxedImage(Path('image.png'), *arrays)


def detected(truth, *found):
    """Return an image with detections (box, score)."""
    faces = [DetectedFace(box, score) for box, score in found]
    return DetectedImage(truth, sorted(faces, key=lambda face: -face.score), 5.0)


A, B, FAR = (0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0), (60.0, 60.0, 70.0, 70.0)


def test_every_face_is_found_once_and_the_rest_is_false():
    near_a = (0.0, 0.0, 10.0, 11.0)
    found = [DetectedFace(box, 0.9) for box in (near_a, A, FAR, B)]
    shares = matched(image([A, B]), found, 0.5)
    assert shares == pytest.approx([10 / 11, 0, 0, 1])


def test_a_box_that_overlaps_by_a_third_counts_at_a_third_only():
    half = (0.0, 0.0, 10.0, 4.0)
    score = score_faces([detected(image([A]), (half, 0.9))], 0.5)
    assert score.recall_iou50 == 0
    assert score.recall_iou30 == 1
    assert score.false_positives_per_image == 1
    assert score.false_positives_per_image_iou30 == 0


def test_ignored_faces_are_neither_right_nor_wrong():
    inside = (61.0, 61.0, 66.0, 66.0)
    score = score_faces([detected(image([A], [FAR]), (A, 0.9), (inside, 0.8))], 0.5)
    assert score.recall_iou50 == 1
    assert score.false_positives_per_image == 0
    assert score.average_precision_iou50 == 1


def test_what_is_not_sure_counts_for_the_precision_alone():
    images = [detected(image([A, B]), (A, 0.9), (B, 0.1)), detected(image(), (FAR, 0.2))]
    score = score_faces(images, 0.5)
    assert score.recall_iou50 == 0.5
    assert score.false_positives_per_image == 0
    assert score.average_precision_iou50 == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_the_average_precision_is_at_least_scikit_learns():
    draw = np.random.default_rng(3)
    images, labels, scores = [], [], []
    for _ in range(60):
        right, score = bool(draw.random() < 0.6), float(draw.uniform(0.1, 1))
        images.append(detected(image([A]), (A if right else FAR, score)))
        labels.append(right)
        scores.append(score)
    ours = score_faces(images, 0.5).average_precision_iou50
    plain = average_precision_score(labels, scores) * np.mean(labels)
    assert plain - 1e-9 <= ours <= plain + 0.05


def test_no_faces_at_all_cannot_be_scored():
    with pytest.raises(EvaluationError, match='no boxed faces'):
        score_faces([detected(image())], 0.5)


@pytest.fixture
def folder(tmp_path):
    """Two warm discs in a 16-bit image, and an 8-bit image without anything."""
    celsius = np.full((120, 160), 22.0)
    rows, columns = np.mgrid[:120, :160]
    for x in (40, 110):
        celsius[((columns - x) / 12) ** 2 + ((rows - 60) / 15) ** 2 < 1] = 35.0
    cv2.imwrite(str(tmp_path / 'ck.png'), np.rint((celsius + 273.15) * 100).astype(np.uint16))
    cv2.imwrite(str(tmp_path / 'grey.png'), np.zeros((60, 80), np.uint8))
    lines = ['ck.png,28,45,52,75,0', 'ck.png,98,45,122,75,1', 'grey.png,,,,,']
    (tmp_path / 'boxes.csv').write_text(HEADER + '\n'.join(lines) + '\n')
    return tmp_path


def test_boxes_are_read_with_images_that_have_none(folder):
    first, second = boxed_images(folder)
    assert first.boxes.tolist() == [[28, 45, 52, 75]]
    assert first.ignored.tolist() == [[98, 45, 122, 75]]
    assert len(second.boxes) == len(second.ignored) == 0


def test_folders_of_a_folder_are_taken_together(tmp_path):
    for name in ('b', 'a'):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'boxes.csv').write_text(HEADER + f'{name}.png,1,2,3,4,0\n')
    assert [entry.path.name for entry in boxed_images(tmp_path)] == ['a.png', 'b.png']
    (tmp_path / 'boxes.csv').write_text(HEADER + 'own.png,1,2,3,4,0\n')
    assert [entry.path.name for entry in boxed_images(tmp_path)] == ['own.png']


def test_an_index_names_images_without_faces(folder):
    (folder / 'index.csv').write_text('file,n_faces\nempty.png,0\nsome.png,3\nnobody_knows.png,\n')
    assert [entry.path.name for entry in boxed_images(folder)] == [
        'ck.png',
        'grey.png',
        'empty.png',
    ]


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('file,x0,y0,x1\n', "no column 'y1'"),
        (HEADER, 'names no image'),
        (HEADER + 'a.png,1,2,three,4,0\n', 'line 2 is no box'),
        (HEADER + 'a.png,5,2,3,4,0\n', 'line 2 is no box'),
        (HEADER + 'a.png,1,2,nan,4,0\n', 'line 2 is no box'),
    ],
)
def test_bad_boxes_are_one_line(tmp_path, text, words):
    (tmp_path / 'boxes.csv').write_text(text)
    with pytest.raises(DatasetError, match=r'boxes\.csv') as caught:
        boxed_images(tmp_path)
    assert words in str(caught.value)
    assert '\n' not in str(caught.value)


def test_the_command_writes_its_figures_and_overlays(folder, tmp_path, capsys):
    file, overlays = tmp_path / 'figures.json', tmp_path / 'overlays'
    options = ['--method', 'blobs', '--json', str(file), '--overlays', str(overlays)]
    assert run(['evaluate', 'faces', str(folder), *options]) == 0
    figures = json.loads(file.read_text())
    assert figures['recall_iou50'] == figures['recall_iou30'] == 1.0
    assert figures['false_positives_per_image'] == 0
    assert figures['ms_per_image'] > 0
    assert figures['images'] == 2
    assert {path.name for path in overlays.iterdir()} == {'ck.png', 'grey.png'}
    assert 'recall_iou50' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (['--weights', 'none.onnx'], 'no such file'),
        (['--rotation', '45'], 'rotation'),
        (['--preset', 'lepton'], 'preset'),
        (['--method', 'yolo'], 'weights'),
    ],
)
def test_bad_options_end_in_one_line(folder, capsys, options, words):
    assert run(['evaluate', 'faces', str(folder), *options]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count('\n') == 1


def test_a_missing_image_or_folder_ends_in_one_line(folder, capsys):
    (folder / 'ck.png').unlink()
    assert run(['evaluate', 'faces', str(folder)]) == 2
    assert 'ck.png: there is no such file' in capsys.readouterr().err
    assert run(['evaluate', 'faces', str(folder / 'nowhere')]) == 2
    assert 'boxes.csv' in capsys.readouterr().err

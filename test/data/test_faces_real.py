"""Faces and temperatures in real thermal images, which no training has seen."""

import cv2
import numpy as np
import pytest

from thermal_radar_fusion.datasets.face_boxes import boxed_images
from thermal_radar_fusion.datasets.thermal_files import read_thermal_file
from thermal_radar_fusion.evaluation.faces import detected_images, score_faces
from thermal_radar_fusion.thermal.face_detector import FaceDetectorParameters, face_detector
from thermal_radar_fusion.thermal.flir_jpeg import read_flir_jpeg


@pytest.fixture(scope='module')
def thermal_folder(shared_data):
    """Return the folder of real thermal images, or skip."""
    folder = shared_data / 'thermal'
    if not folder.is_dir():
        pytest.skip(f'no real thermal images: {folder} is absent')
    return folder


@pytest.fixture(scope='module')
def score(thermal_folder):
    """Return how the shipped network does on all boxed images together."""
    images = boxed_images(thermal_folder)
    parameters = FaceDetectorParameters()
    detected = detected_images(images, face_detector(parameters), None)
    return score_faces(detected, parameters.threshold)


def test_the_faces_of_real_people_are_found(score):
    assert score.faces == 22
    assert score.recall_iou50 >= 0.85
    assert score.recall_iou30 >= 0.9


def test_cars_ducks_and_floors_are_no_faces(score):
    assert score.images == 13
    # Aimed at is 0.1; one of the two false ones is a face whose box is a little off.
    assert score.false_positives_per_image <= 0.16
    assert score.false_positives_per_image_iou30 <= 0.1


def test_blobs_are_the_weaker_fallback(thermal_folder, score):
    images = boxed_images(thermal_folder)
    blobs = face_detector(FaceDetectorParameters(method='blobs'))
    fallback = score_faces(detected_images(images, blobs, None), 0.0)
    assert 0.05 < fallback.recall_iou30 < score.recall_iou30


def test_flir_files_give_the_temperatures_that_another_decoder_gave(thermal_folder):
    files = sorted((thermal_folder / 'wikimedia_irimage').glob('*.jpg'))
    assert len(files) == 12
    for file in files:
        decoded = cv2.imread(str(file.with_name(f'{file.stem}_cK.png')), cv2.IMREAD_UNCHANGED)
        error = np.abs(read_flir_jpeg(file).values - (decoded / 100 - 273.15))
        assert error.max() < 0.006


def test_a_frame_of_the_a65s_format_is_read_in_its_scale(thermal_folder):
    image = read_thermal_file(thermal_folder / 'flirpy_tau640' / 'example_radiometric.png')
    assert image.radiometric
    assert image.shape == (512, 640)
    assert 0 < np.median(image.values) < 50

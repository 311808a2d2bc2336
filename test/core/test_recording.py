"""How long a recording is, excerpts of it, and several radars in one."""

import numpy as np
import pytest

from thermal_radar_fusion.datasets.recording import DatasetError, Recording, interleave
from thermal_radar_fusion.radar.point_cloud import RadarFrame


@pytest.mark.parametrize(('stamps', 'duration'), [((), 0.0), ((7.5,), 0.0), ((7.5, 9.0), 1.5)])
def test_duration_is_from_the_first_to_the_last_frame(stamps, duration):
    frames = tuple(RadarFrame(stamp, np.empty((0, 5))) for stamp in stamps)
    assert Recording(frames).duration == duration


def test_a_dataset_error_is_bad_input():
    assert issubclass(DatasetError, ValueError)


def recording(sensor, stamps, room='hall'):
    frames = tuple(RadarFrame(t, np.zeros((1, 5)), sensor) for t in stamps)
    labels = tuple(np.array([i]) for i in range(len(stamps)))
    return Recording(frames, labels, tuple(() for _ in stamps), ('a',), room)


def test_an_excerpt_keeps_frames_labels_and_truth_together():
    cut = recording('radar', [10.0, 10.5, 11.0, 11.5]).excerpt(0.5, 0.5)
    assert [frame.stamp for frame in cut.frames] == [10.5, 11.0]
    assert [label[0] for label in cut.point_people] == [1, 2]
    assert len(cut.truth) == 2


def test_an_excerpt_of_nothing_and_without_truth():
    assert Recording(()).excerpt(3.0).frames == ()
    cut = Recording((RadarFrame(1.0, np.zeros((0, 5))),)).excerpt()
    assert cut.point_people is None
    assert cut.truth is None


def test_radars_are_interleaved_by_stamp():
    both = interleave([recording('near', [1.0, 3.0]), recording('far', [2.0, 4.0])])
    assert [frame.sensor for frame in both.frames] == ['near', 'far', 'near', 'far']
    assert both.room == 'hall'
    assert both.truth is None


@pytest.mark.parametrize(
    ('recordings', 'text'),
    [
        ([], 'nothing'),
        ([recording('near', [1.0]), recording('near', [2.0])], 'given twice: near, near'),
        ([recording('near', [1.0]), recording('far', [2.0], 'lab')], 'one room are wanted'),
    ],
)
def test_what_does_not_belong_together_is_refused(recordings, text):
    with pytest.raises(DatasetError, match=text):
        interleave(recordings)

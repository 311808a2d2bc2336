"""Thermal cameras in deployment files, in simulated ones, and in the node graph."""

import pytest
import yaml

from thermal_radar_fusion.deployment import load_deployment, parse_deployment
from thermal_radar_fusion.node_specs import node_specs
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.resources import resource
from thermal_radar_fusion.simulation.scenario import load_scenario

TEXT = """
rooms: {lab: {}, hall: {}}
radars: {radar: {room: lab}}
cameras:
  door:
    room: lab
    mounting: {x: 1, z: 2, yaw: 3}
    intrinsics: {fx: 700, fy: 710, cx: 320, cy: 256, width: 640, height: 512}
    radiometry: {preset: centikelvin}
    detector: {method: blobs, rotation: 90}
    temperature: {correction: {a1: 0.005}, reference: {temperature: 35, x: 100, y: 50}}
    association: {gate: 7}
    screening: {rule: fixed, threshold: 37.2}
  window: {room: lab, image: /flir/image_raw, tracking: {distance: {b0: 100}}}
  ceiling: {room: hall}
"""


@pytest.fixture
def deployment():
    return parse_deployment(yaml.safe_load(TEXT))


def specs_of(deployment, executable, **choices):
    return [s for s in node_specs(deployment, **choices) if s.executable == executable]


def test_everything_of_a_camera_is_read(deployment):
    door = deployment.cameras['door']
    assert door.mounting.translation.tolist() == [1, 0, 2]
    assert door.matrix.intrinsics.fy == 710
    assert door.images.radiometry.preset == 'centikelvin'
    assert door.images.detector.rotation == 90
    assert door.images.temperature.reference.temperature == 35
    # The correction is the measurement's in the file, and used where distances are known.
    assert door.people.correction.a1 == 0.005
    assert door.people.association.gate == 7
    assert door.people.screening.threshold == 37.2
    assert list(deployment.cameras_of('lab')) == ['door', 'window']


def test_the_focal_length_makes_the_distance_model_unless_one_was_fitted(deployment):
    door, window = deployment.cameras['door'].images, deployment.cameras['window'].images
    assert door.tracking.distance.b0 == pytest.approx(710 * 0.18)
    assert (door.distance_model, window.distance_model) == ('fitted', 'fitted')
    assert window.tracking.distance.b0 == 100
    assert deployment.cameras['ceiling'].images.distance_model == 'focal_length'


def test_a_camera_that_was_never_calibrated_has_no_mounting(deployment):
    assert deployment.cameras['window'].mounting is None
    assert deployment.cameras['window'].matrix.intrinsics is None


def test_topics_carry_the_name_where_a_room_has_several(deployment):
    assert deployment.camera_topic('door', 'faces') == '/lab/thermal/door/faces'
    assert deployment.camera_topic('ceiling', 'image_raw') == '/hall/thermal/image_raw'
    assert deployment.camera_topic('window', 'image_raw') == '/flir/image_raw'
    assert deployment.camera_topic('window', 'camera_info') == '/flir/camera_info'
    assert deployment.camera_topic('window', 'faces') == '/lab/thermal/window/faces'


def test_one_node_for_each_camera_and_one_for_each_room(deployment):
    faces = specs_of(deployment, 'thermal_face_tracker', namespace='site')
    assert [(s.namespace, s.name) for s in faces] == [
        ('/site/lab', 'door_face_tracker'),
        ('/site/lab', 'window_face_tracker'),
        ('/site/hall', 'ceiling_face_tracker'),
    ]
    lab, hall = specs_of(deployment, 'track_associator', namespace='site')
    assert (lab.namespace, hall.namespace) == ('/site/lab', '/site/hall')
    assert lab.parameters['cameras'] == ['door', 'window']
    assert lab.parameters['calibrated'] == ['door']
    assert 'calibrated' not in hall.parameters


def test_names_of_topics_follow_the_namespace_but_not_a_drivers(deployment):
    door, window, _ = specs_of(deployment, 'thermal_face_tracker', namespace='site')
    assert door.parameters['image_raw'] == 'thermal/door/image_raw'
    assert window.parameters['image_raw'] == '/flir/image_raw'
    assert window.parameters['faces'] == 'thermal/window/faces'


def test_no_parameter_is_nothing(deployment):
    for spec in node_specs(deployment):
        assert None not in spec.parameters.values()
        assert [] not in spec.parameters.values()
    door = specs_of(deployment, 'thermal_face_tracker')[0]
    assert door.parameters['temperature.reference.temperature'] == 35


def test_the_tracer_and_the_visualizer_need_no_camera():
    bare = parse_deployment({'rooms': {'lab': {}}})
    assert {s.executable for s in node_specs(bare)} == {
        'radar_tracker',
        'contact_tracer',
        'reidentifier',
        'visualizer',
    }


def test_parameters_of_every_camera_change_at_once(deployment):
    changed = deployment.cameras['door'].changed(
        {'screening.sigmas': 3.0, 'detector.threshold': 0.6, 'temperature.correction.a0': 1.01}
    )
    assert changed.people.screening.sigmas == 3.0
    assert changed.images.detector.threshold == 0.6
    assert changed.people.correction.a0 == changed.images.temperature.correction.a0 == 1.01
    assert changed.people.screening.threshold == 37.2
    with pytest.raises(ParameterError, match='sigma'):
        deployment.cameras['door'].changed({'screening.sigma': 3.0})


@pytest.mark.parametrize(
    ('camera', 'words'),
    [
        ('{}', r'cameras\.c: room must be a name'),
        ('{room: attic}', r"cameras\.c: unknown room 'attic'"),
        ('{room: lab, lens: 9}', r"cameras\.c: unknown key 'lens'"),
        ('{room: lab, mounting: {x: far}}', r'cameras\.c: mounting: x must be float'),
        ('{room: lab, intrinsics: {fx: 7}}', r'cameras\.c: intrinsics: fx, fy, width and height'),
        ('{room: lab, radiometry: {preset: warm}}', r'cameras\.c: radiometry: preset must be one'),
        ('{room: lab, detector: {rotation: 45}}', r'cameras\.c: detector: rotation must be'),
        ('{room: lab, screening: {sigmas: 0}}', r'cameras\.c: screening: sigmas must lie'),
        (
            '{room: lab, temperature: {reference: 3}}',
            r'cameras\.c: temperature: reference must be',
        ),
        ('{room: lab, image: 3}', r'cameras\.c: image must be a name'),
        ('[]', r'cameras\.c: a camera must be a mapping'),
    ],
)
def test_a_camera_that_cannot_be_is_one_line(camera, words):
    content = yaml.safe_load(f'rooms: {{lab: {{}}}}\ncameras: {{c: {camera}}}')
    with pytest.raises(ParameterError, match=words) as caught:
        parse_deployment(content)
    assert '\n' not in str(caught.value)


def test_cameras_of_a_simulation_are_the_scenarios():
    content = {
        'simulation': {'scenario': 'reception'},
        'cameras': {'thermal': {'temperature': {'correction': {'a1': 0.01}}}},
    }
    camera = parse_deployment(content).cameras['thermal']
    placement = load_scenario('reception').thermal_cameras['thermal']
    assert camera.pose == placement.pose
    assert camera.images.radiometry.preset == 'centikelvin'
    # What the file says comes on top of what the scenario says, not in its place.
    assert camera.images.temperature.correction.a1 == 0.01
    assert camera.images.temperature.reference.temperature == 35.0


def test_a_simulation_without_its_thermal_cameras_has_none():
    content = {'simulation': {'scenario': 'reception', 'sensors': ['radar']}}
    assert not parse_deployment(content).cameras
    with pytest.raises(ParameterError, match="cameras: unknown key 'thermal'"):
        parse_deployment({**content, 'cameras': {'thermal': {}}})


def test_the_demonstration_has_a_camera():
    deployment = load_deployment(resource('config/demo.yaml'))
    assert deployment.cameras['thermal'].people.screening.rule == 'fixed'

"""What is on the bus as files, and the bus made anew from them.

A backup is one moment of all topics of ours. Lanes write outputs, state and positions in one transaction, so at a
moment at which nothing is being written they agree, and a lane that is restored goes on as after a restart: nothing
fires twice, and no id is given again. Nothing is opened: contact data stay sealed as they lie on the bus.
"""

"""Who writes an answer: :mod:`.extracts` quotes, :mod:`.model_writer` lets a model choose and say; what it gives is
parsed (:mod:`.citations`) and held against its :mod:`.evidence` (:mod:`.checking`) before anybody sees it.
"""

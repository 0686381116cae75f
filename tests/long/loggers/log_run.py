"""Logs the same run with one package: `python log_run.py PACKAGE FOLDER`. What was logged is in FOLDER/told.json."""
import json
import os
import sys

from course import BEGUN, CONFIG, STEPS, Told, course, each_value, flat, now, plain_settings


def etalon(folder, told):
    import etalon

    run = etalon.init(project="direct", name="direct", config=CONFIG)
    for step, values, _ in course():
        before = now()
        run.log(values, step=step)
        for name, value in values.items():
            told.add(name, step, value, before, now())
    run.finish()
    return CONFIG, "finished"


def events(writer, told):
    """What torch and tensorboardX have in common."""
    for name, step, value, at in each_value():
        writer.add_scalar(name, value, step, walltime=at)
        told.add(name, step, value, at)
    writer.add_text("args", json.dumps(CONFIG), 0, walltime=BEGUN)
    writer.close()
    return CONFIG, "finished"


def torch(folder, told):
    from torch.utils.tensorboard import SummaryWriter

    return events(SummaryWriter(folder), told)


def torch_hparams(folder, told):
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(folder)
    # It keeps booleans as numbers.
    settings = {key: float(value) if isinstance(value, bool) else value for key, value in plain_settings().items()}
    writer.add_hparams(settings, {"hparam/best": 0.1})
    for name, step, value, at in each_value():
        writer.add_scalar(name, value, step, walltime=at)
        told.add(name, step, value, at)
    writer.close()
    return settings, "finished"


def tensorboardx(folder, told):
    from tensorboardX import SummaryWriter

    return events(SummaryWriter(folder), told)


def wandb(folder, told):
    import wandb

    run = wandb.init(mode="offline", dir=folder, project="round-trip", name="round trip", config=CONFIG)
    for step, values, _ in course():
        before = now()
        run.log(values, step=step)
        for name, value in values.items():
            told.add(name, step, value, before, now())
    run.finish()
    return CONFIG, "finished"


def lightning(folder, told, logger_of=None):
    import lightning
    import torch

    values_at = [values for _, values, _ in course()]

    class Model(lightning.LightningModule):
        def __init__(self, **config):
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(1, 1)

        def training_step(self, batch, _):
            values = values_at[self.global_step]
            self.log("loss", values["loss"])
            self.log("lr", values["lr"])
            return self.layer(batch).mean()

        def validation_step(self, _, __):
            self.log("val/loss", values_at[self.global_step - 1]["val/loss"])

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-3)

    kind = logger_of()

    class Logger(kind):
        def log_metrics(self, metrics, step=None):
            before = now()
            super().log_metrics(metrics, step)
            span = (None, None) if kind.__name__ == "CSVLogger" else (before, now())
            for name, value in metrics.items():
                told.add(name, step or 0, value, *span)

    data = torch.utils.data.DataLoader(torch.ones(STEPS, 1))
    held_out = torch.utils.data.DataLoader(torch.ones(1, 1))
    trainer = lightning.Trainer(
        logger=Logger(folder), accelerator="cpu", max_steps=STEPS, log_every_n_steps=1, val_check_interval=20,
        num_sanity_val_steps=0, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )
    trainer.fit(Model(**CONFIG), data, held_out)
    return CONFIG, "finished"


def lightning_csv(folder, told):
    def csv_logger():
        from lightning.pytorch.loggers import CSVLogger

        return CSVLogger

    return lightning(folder, told, csv_logger)


def lightning_tensorboard(folder, told):
    def tensorboard_logger():
        from lightning.pytorch.loggers import TensorBoardLogger

        return TensorBoardLogger

    return lightning(folder, told, tensorboard_logger)


def transformers(folder, told):
    """Trains a model of two numbers; its loss is not finite twice before the end, whose gradient stays what it is."""
    import math

    import torch
    from transformers import Trainer, TrainingArguments

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)
            self.calls = 0

        def forward(self, x, labels):
            loss = (self.layer(x) - labels).square().mean()
            if self.training:
                self.calls += 1
            return {"loss": loss + {180: math.inf, 190: math.nan}.get(self.calls, 0.0) if self.training else loss}

    data = [{"x": torch.tensor([i / 64]), "labels": torch.tensor([i / 3])} for i in range(64)]
    args = TrainingArguments(
        output_dir=folder, max_steps=STEPS, logging_steps=1, eval_strategy="steps", eval_steps=20, save_steps=STEPS,
        logging_nan_inf_filter=False, learning_rate=1e-3, report_to=[], use_cpu=True, disable_tqdm=True,
    )
    trainer = Trainer(model=Model(), args=args, train_dataset=data, eval_dataset=data[:8])
    trainer.train()
    trainer.save_state()
    for row in trainer.state.log_history:
        for name, value in row.items():
            if name != "step" and "train_runtime" not in row:
                told.add(name, row["step"], value)
    return {"max_steps": STEPS, "logging_steps": 1, "eval_steps": 20}, "finished"


def mlflow(told, uri, status):
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    run = client.create_run(client.create_experiment("round trip"), start_time=round(BEGUN * 1000))
    id = run.info.run_id
    settings = {key: str(value) for key, value in flat()}
    for key, value in settings.items():
        client.log_param(id, key, value)
    for name, step, value, at in each_value():
        client.log_metric(id, name, value, timestamp=round(at * 1000), step=step)
        told.add(name, step, value, at)
    client.set_terminated(id, status)
    return settings, status.lower()


def mlflow_files(folder, told):
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    return mlflow(told, f"file://{folder}/mlruns", "FINISHED")


def mlflow_sqlite(folder, told):
    return mlflow(told, f"sqlite:///{folder}/mlflow.db", "FAILED")


if __name__ == "__main__":
    package, folder = sys.argv[1:]
    files = os.path.join(folder, "files")
    os.makedirs(files)
    told = Told()
    config, state = globals()[package](files, told)
    told.write(os.path.join(folder, "told.json"), config, state)

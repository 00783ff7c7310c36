package millrace.nn.data;

/** What a catalog entry offers: samples to train with, and samples that training never sees. */
public record TrainTest(Dataset train, Dataset test) {}
